package org.berth.server.registry;

/** A refusal as the distribution-spec puts it ("Error Codes"). */
final class RegistryFault extends RuntimeException {
    private final int status;
    private final Code code;

    RegistryFault(int status, Code code, String message) {
        super(message);
        this.status = status;
        this.code = code;
    }

    /** Why something is refused. */
    enum Code {
        BLOB_UNKNOWN,
        BLOB_UPLOAD_INVALID,
        BLOB_UPLOAD_UNKNOWN,
        DIGEST_INVALID,
        MANIFEST_BLOB_UNKNOWN,
        MANIFEST_INVALID,
        MANIFEST_UNKNOWN,
        NAME_INVALID,
        NAME_UNKNOWN,
        SIZE_INVALID,
        UNAUTHORIZED,
        DENIED,
        UNSUPPORTED,
        TOOMANYREQUESTS,
        UNKNOWN
    }

    int status() {
        return status;
    }

    Code code() {
        return code;
    }
}
