package org.berth.runtime.plan;

import org.berth.linux.launch.Operand;

/** Operands of system calls that have names (linux/fcntl.h, linux/mount.h, linux/openat2.h, linux/sched.h). */
public final class Flags {
    public static final Operand NONE = Operand.number(0);
    public static final Operand HERE = Operand.named("AT_FDCWD", -100);
    public static final Operand CLOSE_ON_EXEC = Operand.named("O_CLOEXEC", 0x80000);
    public static final Operand READ = Operand.named("O_RDONLY|O_CLOEXEC", 0x80000);
    public static final Operand READ_WRITE = Operand.named("O_RDWR|O_CLOEXEC", 0x80002);
    public static final Operand WRITE = Operand.named("O_WRONLY|O_CLOEXEC", 0x80001);
    public static final Operand APPEND = Operand.named("O_WRONLY|O_CREAT|O_APPEND|O_CLOEXEC", 0x80441);
    public static final Operand CREATE = Operand.named("O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC", 0x800c1);

    /** Not to write: a writer left open would keep the root from being made read-only (EBUSY). */
    public static final Operand CREATE_FILE = Operand.named("O_RDONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC", 0xa00c0);

    public static final Operand FOLDER = Operand.named("O_PATH|O_DIRECTORY|O_CLOEXEC", 0x290000);
    public static final Operand TERMINAL = Operand.named("O_RDWR|O_NOCTTY|O_CLOEXEC", 0x80102);
    public static final Operand NEW_LISTENER = Operand.named("SECCOMP_FILTER_FLAG_NEW_LISTENER", 8);
    public static final Operand OWNER_ONLY = Operand.named("0600", 0600);

    public static final long O_PATH_CLOEXEC = 0x280000;
    public static final long O_PATH_FOLDER_CLOEXEC = 0x290000;
    public static final long RESOLVE_NO_MAGICLINKS = 0x02;
    public static final long RESOLVE_NO_SYMLINKS = 0x04;
    public static final long RESOLVE_IN_ROOT = 0x10;

    public static final Operand COPY = Operand.named("OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC", 0x80001);
    public static final Operand COPY_ALL = Operand.named("OPEN_TREE_CLONE|AT_RECURSIVE|OPEN_TREE_CLOEXEC", 0x88001);
    public static final Operand COPY_OF_DESCRIPTOR =
            Operand.named("OPEN_TREE_CLONE|AT_EMPTY_PATH|OPEN_TREE_CLOEXEC", 0x81001);
    public static final Operand COPY_ALL_OF_DESCRIPTOR =
            Operand.named("OPEN_TREE_CLONE|AT_EMPTY_PATH|AT_RECURSIVE|OPEN_TREE_CLOEXEC", 0x89001);
    public static final Operand BY_DESCRIPTOR = Operand.named("AT_EMPTY_PATH", 0x1000);
    public static final Operand BY_DESCRIPTOR_ALL = Operand.named("AT_EMPTY_PATH|AT_RECURSIVE", 0x9000);
    public static final Operand MOVE_FROM = Operand.named("MOVE_MOUNT_F_EMPTY_PATH", 0x04);
    public static final Operand MOVE_BOTH = Operand.named("MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH", 0x44);
    public static final Operand FSOPEN_CLOEXEC = Operand.named("FSOPEN_CLOEXEC", 1);
    public static final Operand FSMOUNT_CLOEXEC = Operand.named("FSMOUNT_CLOEXEC", 1);
    public static final Operand SET_FLAG = Operand.named("FSCONFIG_SET_FLAG", 0);
    public static final Operand SET_STRING = Operand.named("FSCONFIG_SET_STRING", 1);
    public static final Operand CREATE_FILE_SYSTEM = Operand.named("FSCONFIG_CMD_CREATE", 6);
    public static final Operand DETACH = Operand.named("MNT_DETACH", 2);

    public static final long MOUNT_READ_ONLY = 0x01;
    public static final long MOUNT_NO_SUID = 0x02;
    public static final long MOUNT_NO_DEVICES = 0x04;
    public static final long MOUNT_NO_EXEC = 0x08;
    public static final long MOUNT_MAP_IDS = 0x100000;
    public static final long PROPAGATION_PRIVATE = 1 << 18;

    public static final long CLONE_VM = 0x100;
    public static final long CLONE_PIDFD = 0x1000;
    public static final long CLONE_VFORK = 0x4000;
    public static final long CLONE_PARENT = 0x8000;
    public static final long CLONE_NEWNS = 0x20000;
    public static final long CLONE_NEWCGROUP = 0x02000000;
    public static final long CLONE_NEWUTS = 0x04000000;
    public static final long CLONE_NEWIPC = 0x08000000;
    public static final long CLONE_NEWUSER = 0x10000000;
    public static final long CLONE_NEWPID = 0x20000000;
    public static final long CLONE_NEWNET = 0x40000000;
    public static final long CLONE_INTO_CGROUP = 0x200000000L;
    public static final long SIGCHLD = 17;

    private Flags() {}

    /** Mount attributes with their names. */
    public static Operand mountAttributes(long attributes) {
        StringBuilder words = new StringBuilder();
        append(words, attributes, MOUNT_READ_ONLY, "MOUNT_ATTR_RDONLY");
        append(words, attributes, MOUNT_NO_SUID, "MOUNT_ATTR_NOSUID");
        append(words, attributes, MOUNT_NO_DEVICES, "MOUNT_ATTR_NODEV");
        append(words, attributes, MOUNT_NO_EXEC, "MOUNT_ATTR_NOEXEC");
        return words.isEmpty() ? NONE : Operand.named(words.toString(), attributes);
    }

    private static void append(StringBuilder words, long attributes, long bit, String name) {
        if ((attributes & bit) != 0) {
            words.append(words.isEmpty() ? "" : "|").append(name);
        }
    }
}
