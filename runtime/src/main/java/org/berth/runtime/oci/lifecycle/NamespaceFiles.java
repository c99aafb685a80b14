package org.berth.runtime.oci.lifecycle;

import java.nio.file.Path;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.runtime.oci.config.Namespace;

/** Namespaces that are joined by a file. */
final class NamespaceFiles {
    private static final int NS_GET_NSTYPE = 0xb703;

    private NamespaceFiles() {}

    /** @throws BerthException when it is no namespace, or one of another kind (ioctl_nsfs(2)) */
    static void check(Namespace namespace) {
        namespace.path().ifPresent(path -> check(namespace.kind(), path));
    }

    private static void check(Namespace.Kind kind, String path) {
        String what = "the " + kind.key() + " namespace " + path;
        long number = Kernel.open(Path.of(path), Kernel.O_RDONLY);
        if (number < 0) {
            throw new BerthException(ErrorCode.NOT_FOUND, "open " + what + ": " + Errno.message((int) -number));
        }
        try (Descriptor file = new Descriptor((int) number)) {
            long type = SystemCalls.attempt(SystemCallNumber.IOCTL, file.number(), NS_GET_NSTYPE, 0);
            if (type != kind.flag()) {
                throw new BerthException(
                        ErrorCode.INVALID, what + ": " + (type < 0 ? "it is no namespace" : "it is of another kind"));
            }
        }
    }
}
