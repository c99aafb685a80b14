package org.berth.linux.seccomp;

import java.util.Optional;

/** A table of system calls that an x86-64 kernel has (linux/audit.h). */
public enum Architecture {
    X86_64("SCMP_ARCH_X86_64", 0xc000003e),
    /** 64-bit calls with 32-bit pointers: numbers with bit 30 set, under X86_64's token. */
    X32("SCMP_ARCH_X32", 0xc000003e),
    /** 32-bit programs: i386. */
    X86("SCMP_ARCH_X86", 0x40000003);

    private final String ociName;
    private final int token;

    Architecture(String ociName, int token) {
        this.ociName = ociName;
        this.token = token;
    }

    /** As OCI and docker name it: SCMP_ARCH_X86. */
    public String ociName() {
        return ociName;
    }

    /** seccomp_data.arch. */
    int token() {
        return token;
    }

    /** By {@link #ociName}; empty for a machine whose calls can't be made here, so that rules for it are of no effect. */
    public static Optional<Architecture> of(String ociName) {
        for (Architecture architecture : values()) {
            if (architecture.ociName.equals(ociName)) {
                return Optional.of(architecture);
            }
        }
        return Optional.empty();
    }
}
