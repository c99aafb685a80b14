package org.berth.linux.cgroup;

import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.cgroup.ResourceWrite.Missing;

/** Carries a plan of resources out. */
final class ResourceWriter {
    private ResourceWriter() {}

    /** @throws BerthException UNSUPPORTED, INVALID or KERNEL, naming the setting, the file and the reason */
    static void write(List<ResourceStep> steps) {
        steps.forEach(ResourceWriter::write);
    }

    private static void write(ResourceStep step) {
        try {
            step.writes().forEach(ResourceWriter::write);
        } catch (Refused refused) {
            if (!step.eitherOrder() || !refused.mayBeOrder()) {
                throw refused.explain();
            }
            writeReversed(step, refused);
        }
    }

    private static void writeReversed(ResourceStep step, Refused first) {
        try {
            step.writes().reversed().forEach(ResourceWriter::write);
        } catch (Refused _) {
            throw first.explain();
        }
    }

    private static void write(ResourceWrite write) {
        try {
            CgroupFiles.write(write.file(), write.value());
        } catch (SystemCallException e) {
            if (e.errno() != Errno.ENOENT || java.nio.file.Files.exists(write.file())) {
                throw new Refused(write, e);
            }
            switch (write.missing()) {
                case Missing.Refused(String reason) ->
                    throw new BerthException(
                            ErrorCode.UNSUPPORTED,
                            write.setting() + ": " + reason + " (" + write.file() + " is missing)",
                            e);
                case Missing.Instead(ResourceWrite other) -> write(other);
                case Missing.Passed() -> {}
            }
        }
    }

    /** The kernel's refusal of one write. */
    private static final class Refused extends RuntimeException {
        private final transient ResourceWrite write;
        private final transient SystemCallException refusal;

        Refused(ResourceWrite write, SystemCallException refusal) {
            super(refusal);
            this.write = write;
            this.refusal = refusal;
        }

        boolean mayBeOrder() {
            return refusal.errno() == Errno.EINVAL || refusal.errno() == Errno.EBUSY;
        }

        BerthException explain() {
            ErrorCode code = switch (refusal.errno()) {
                case Errno.EINVAL, Errno.ERANGE, Errno.ENODEV, Errno.EBUSY -> ErrorCode.INVALID;
                case Errno.EOPNOTSUPP -> ErrorCode.UNSUPPORTED;
                default -> ErrorCode.KERNEL;
            };
            return new BerthException(code, write.setting() + ": " + refusal.getMessage(), refusal);
        }
    }
}
