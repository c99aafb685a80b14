package org.berth.runtime.oci.lifecycle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.runtime.oci.config.LinuxPart;
import org.berth.runtime.oci.config.Namespace;
import org.berth.runtime.oci.config.Validation;

/** Namespaces that are joined by a file. */
final class NamespaceFiles {
    private static final int NS_GET_NSTYPE = 0xb703;

    private NamespaceFiles() {}

    /** @throws BerthException when it is no namespace, or one of another kind (ioctl_nsfs(2)) */
    static void check(Namespace namespace) {
        namespace.path().ifPresent(path -> check(namespace.kind(), path));
    }

    /**
     * Settings of a namespace that has a path are the host's own, where that path is of the one we are in.
     *
     * @throws BerthException INVALID when there is such a setting
     */
    static void checkSettings(LinuxPart linux) {
        for (String key : linux.sysctl().keySet()) {
            Optional<Namespace.Kind> kind = Validation.sysctlNamespace(key);
            boolean own = linux.namespaces().stream()
                    .filter(namespace -> kind.filter(namespace.kind()::equals).isPresent())
                    .anyMatch(NamespaceFiles::isOwn);
            if (own) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        "linux.sysctl." + key + ": sysctl is not in a separate kernel namespace: the "
                                + kind.orElseThrow().key() + " namespace that is named is the runtime's own");
            }
        }
    }

    private static boolean isOwn(Namespace namespace) {
        return namespace.path().filter(path -> isOwn(namespace.kind(), path)).isPresent();
    }

    /** By device and inode (namespaces(7)). */
    private static boolean isOwn(Namespace.Kind kind, String path) {
        try {
            return Files.isSameFile(Path.of(path), Path.of("/proc/self/ns", kind.file()));
        } catch (IOException e) {
            throw FileErrors.of("compare " + path + " with the runtime's own namespace", e);
        }
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
