package org.berth.linux.launch;

import java.util.Locale;
import org.berth.linux.SystemCallNumber;

/** What one step of a launch program does: a system call by its name, or the one micro-operation. */
public enum Call {
    /**
     * Not a system call: {@code a - b + c} of its first three operands. To compare, count and branch.
     */
    COMPUTE(-1),
    ACCEPT4(SystemCallNumber.ACCEPT4),
    BIND(SystemCallNumber.BIND),
    CAPSET(SystemCallNumber.CAPSET),
    CHDIR(SystemCallNumber.CHDIR),
    CHROOT(SystemCallNumber.CHROOT),
    CLOCK_GETTIME(SystemCallNumber.CLOCK_GETTIME),
    CLONE(SystemCallNumber.CLONE),
    CLONE3(SystemCallNumber.CLONE3),
    CLOSE(SystemCallNumber.CLOSE),
    CLOSE_RANGE(SystemCallNumber.CLOSE_RANGE),
    DUP3(SystemCallNumber.DUP3),
    EXECVE(SystemCallNumber.EXECVE),
    EXECVEAT(SystemCallNumber.EXECVEAT),
    EXIT_GROUP(SystemCallNumber.EXIT_GROUP),
    FACCESSAT2(SystemCallNumber.FACCESSAT2),
    FCHDIR(SystemCallNumber.FCHDIR),
    FCHMODAT(SystemCallNumber.FCHMODAT),
    FCHOWN(SystemCallNumber.FCHOWN),
    FCHOWNAT(SystemCallNumber.FCHOWNAT),
    FCNTL(SystemCallNumber.FCNTL),
    FSCONFIG(SystemCallNumber.FSCONFIG),
    FSMOUNT(SystemCallNumber.FSMOUNT),
    FSOPEN(SystemCallNumber.FSOPEN),
    FSTAT(SystemCallNumber.FSTAT),
    FSTATFS(SystemCallNumber.FSTATFS),
    GETCWD(SystemCallNumber.GETCWD),
    GETPID(SystemCallNumber.GETPID),
    IOCTL(SystemCallNumber.IOCTL),
    IOPRIO_SET(SystemCallNumber.IOPRIO_SET),
    KEYCTL(SystemCallNumber.KEYCTL),
    KILL(SystemCallNumber.KILL),
    LISTEN(SystemCallNumber.LISTEN),
    MKDIRAT(SystemCallNumber.MKDIRAT),
    MKNODAT(SystemCallNumber.MKNODAT),
    MOUNT(SystemCallNumber.MOUNT),
    MOUNT_SETATTR(SystemCallNumber.MOUNT_SETATTR),
    MOVE_MOUNT(SystemCallNumber.MOVE_MOUNT),
    OPENAT(SystemCallNumber.OPENAT),
    OPENAT2(SystemCallNumber.OPENAT2),
    OPEN_TREE(SystemCallNumber.OPEN_TREE),
    OPEN_TREE_ATTR(SystemCallNumber.OPEN_TREE_ATTR),
    PIDFD_OPEN(SystemCallNumber.PIDFD_OPEN),
    PERSONALITY(SystemCallNumber.PERSONALITY),
    PIPE2(SystemCallNumber.PIPE2),
    PIVOT_ROOT(SystemCallNumber.PIVOT_ROOT),
    PPOLL(SystemCallNumber.PPOLL),
    PRCTL(SystemCallNumber.PRCTL),
    PRLIMIT64(SystemCallNumber.PRLIMIT64),
    READ(SystemCallNumber.READ),
    RECVMSG(SystemCallNumber.RECVMSG),
    RT_SIGPROCMASK(SystemCallNumber.RT_SIGPROCMASK),
    RT_SIGTIMEDWAIT(SystemCallNumber.RT_SIGTIMEDWAIT),
    SCHED_SETAFFINITY(SystemCallNumber.SCHED_SETAFFINITY),
    SCHED_SETATTR(SystemCallNumber.SCHED_SETATTR),
    SECCOMP(SystemCallNumber.SECCOMP),
    SENDFILE(SystemCallNumber.SENDFILE),
    SETDOMAINNAME(SystemCallNumber.SETDOMAINNAME),
    SETGROUPS(SystemCallNumber.SETGROUPS),
    SETHOSTNAME(SystemCallNumber.SETHOSTNAME),
    SETNS(SystemCallNumber.SETNS),
    SETRESGID(SystemCallNumber.SETRESGID),
    SETRESUID(SystemCallNumber.SETRESUID),
    SETSID(SystemCallNumber.SETSID),
    SET_MEMPOLICY(SystemCallNumber.SET_MEMPOLICY),
    SOCKET(SystemCallNumber.SOCKET),
    SYMLINKAT(SystemCallNumber.SYMLINKAT),
    UMASK(SystemCallNumber.UMASK),
    UMOUNT2(SystemCallNumber.UMOUNT2),
    UNLINKAT(SystemCallNumber.UNLINKAT),
    UNSHARE(SystemCallNumber.UNSHARE),
    WAITID(SystemCallNumber.WAITID),
    WRITE(SystemCallNumber.WRITE),
    WRITEV(SystemCallNumber.WRITEV);

    private final int number;

    Call(int number) {
        this.number = number;
    }

    /** The system call's number (x86-64); -1 for {@link #COMPUTE}. */
    public int number() {
        return number;
    }

    /** As the manual writes it: "open_tree". */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
