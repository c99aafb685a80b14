package org.berth.base;

/**
 * Every way a request can fail, in three bands. The band and the code drive the process's exit
 * code, the HTTP status and the event that is sent.
 */
public enum ErrorCode {
    /** A file, option or request is not of the form it should have. */
    INVALID(Band.USER, 400, 2),
    /** What is asked for exists in the field, and is named, but Berth does not have it (yet). */
    UNSUPPORTED(Band.USER, 501, 2),
    /** The thing named does not exist. */
    NOT_FOUND(Band.USER, 404, 1),
    /** The thing exists already, is in use, or is in a state that forbids the request. */
    CONFLICT(Band.USER, 409, 1),
    /** The thing is already as asked (start of what runs, stop of what is stopped). */
    NOT_MODIFIED(Band.USER, 304, 0),
    /** A registry or server refused our credentials, or none were given. */
    UNAUTHORIZED(Band.USER, 401, 1),
    /** A build step, health check or start-up failed by the user's own program. */
    FAILED(Band.USER, 500, 1),
    /** A condition did not come true before its deadline. */
    TIMEOUT(Band.USER, 504, 1),
    /** A fault of Berth's own. */
    INTERNAL(Band.INTERNAL, 500, 125),
    /** A system call failed in a way that no user input explains. */
    KERNEL(Band.INTERNAL, 500, 125),
    /** A server, mirror or daemon can't be reached. */
    UNAVAILABLE(Band.RESOURCES, 503, 1),
    /** A bound was met: disk, memory, addresses, ports, descriptors. */
    EXHAUSTED(Band.RESOURCES, 507, 1);

    /** Who can mend it: the user, Berth's developers, or more resources. */
    public enum Band {
        USER,
        INTERNAL,
        RESOURCES
    }

    private final Band band;
    private final int httpStatus;
    private final int exitCode;

    ErrorCode(Band band, int httpStatus, int exitCode) {
        this.band = band;
        this.httpStatus = httpStatus;
        this.exitCode = exitCode;
    }

    /** Who can mend it. */
    public Band band() {
        return band;
    }

    /** The HTTP status an API answers with. */
    public int httpStatus() {
        return httpStatus;
    }

    /** The exit code a command ends with. */
    public int exitCode() {
        return exitCode;
    }
}
