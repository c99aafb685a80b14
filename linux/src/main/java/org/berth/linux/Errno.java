package org.berth.linux;

import java.util.Map;

/** Error numbers of Linux (errno(3), asm-generic/errno.h) and their words. */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int EBADF = 9;
    public static final int ECHILD = 10;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int EXDEV = 18;
    public static final int ENODEV = 19;
    public static final int ENOTDIR = 20;
    public static final int EISDIR = 21;
    public static final int EINVAL = 22;
    public static final int EMFILE = 24;
    public static final int ENOSPC = 28;
    public static final int EROFS = 30;
    public static final int EPIPE = 32;
    public static final int ERANGE = 34;
    public static final int ENAMETOOLONG = 36;
    public static final int ENOSYS = 38;
    public static final int ENOTEMPTY = 39;
    public static final int ELOOP = 40;
    public static final int ENODATA = 61;
    public static final int EOPNOTSUPP = 95;
    public static final int EADDRINUSE = 98;
    public static final int EADDRNOTAVAIL = 99;
    public static final int ETIMEDOUT = 110;
    public static final int ENETUNREACH = 101;
    public static final int EHOSTUNREACH = 113;
    public static final int ECONNREFUSED = 111;
    public static final int EDQUOT = 122;

    private static final Map<Integer, String> WORDS = Map.ofEntries(
            Map.entry(1, "operation not permitted"),
            Map.entry(2, "no such file or directory"),
            Map.entry(3, "no such process"),
            Map.entry(4, "interrupted system call"),
            Map.entry(5, "input/output error"),
            Map.entry(6, "no such device or address"),
            Map.entry(7, "argument list too long"),
            Map.entry(8, "exec format error"),
            Map.entry(9, "bad file descriptor"),
            Map.entry(10, "no child processes"),
            Map.entry(11, "resource temporarily unavailable"),
            Map.entry(12, "cannot allocate memory"),
            Map.entry(13, "permission denied"),
            Map.entry(14, "bad address"),
            Map.entry(15, "block device required"),
            Map.entry(16, "device or resource busy"),
            Map.entry(17, "file exists"),
            Map.entry(18, "invalid cross-device link"),
            Map.entry(19, "no such device"),
            Map.entry(20, "not a directory"),
            Map.entry(21, "is a directory"),
            Map.entry(22, "invalid argument"),
            Map.entry(23, "too many open files in system"),
            Map.entry(24, "too many open files"),
            Map.entry(25, "inappropriate ioctl for device"),
            Map.entry(26, "text file busy"),
            Map.entry(27, "file too large"),
            Map.entry(28, "no space left on device"),
            Map.entry(29, "illegal seek"),
            Map.entry(30, "read-only file system"),
            Map.entry(31, "too many links"),
            Map.entry(32, "broken pipe"),
            Map.entry(33, "numerical argument out of domain"),
            Map.entry(34, "numerical result out of range"),
            Map.entry(35, "resource deadlock avoided"),
            Map.entry(36, "file name too long"),
            Map.entry(37, "no locks available"),
            Map.entry(38, "function not implemented"),
            Map.entry(39, "directory not empty"),
            Map.entry(40, "too many levels of symbolic links"),
            Map.entry(42, "no message of desired type"),
            Map.entry(43, "identifier removed"),
            Map.entry(44, "channel number out of range"),
            Map.entry(45, "level 2 not synchronized"),
            Map.entry(46, "level 3 halted"),
            Map.entry(47, "level 3 reset"),
            Map.entry(48, "link number out of range"),
            Map.entry(49, "protocol driver not attached"),
            Map.entry(50, "no csi structure available"),
            Map.entry(51, "level 2 halted"),
            Map.entry(52, "invalid exchange"),
            Map.entry(53, "invalid request descriptor"),
            Map.entry(54, "exchange full"),
            Map.entry(55, "no anode"),
            Map.entry(56, "invalid request code"),
            Map.entry(57, "invalid slot"),
            Map.entry(59, "bad font file format"),
            Map.entry(60, "device not a stream"),
            Map.entry(61, "no data available"),
            Map.entry(62, "timer expired"),
            Map.entry(63, "out of streams resources"),
            Map.entry(64, "machine is not on the network"),
            Map.entry(65, "package not installed"),
            Map.entry(66, "object is remote"),
            Map.entry(67, "link has been severed"),
            Map.entry(68, "advertise error"),
            Map.entry(69, "srmount error"),
            Map.entry(70, "communication error on send"),
            Map.entry(71, "protocol error"),
            Map.entry(72, "multihop attempted"),
            Map.entry(73, "rfs specific error"),
            Map.entry(74, "bad message"),
            Map.entry(75, "value too large for defined data type"),
            Map.entry(76, "name not unique on network"),
            Map.entry(77, "file descriptor in bad state"),
            Map.entry(78, "remote address changed"),
            Map.entry(79, "can not access a needed shared library"),
            Map.entry(80, "accessing a corrupted shared library"),
            Map.entry(81, ".lib section in a.out corrupted"),
            Map.entry(82, "attempting to link in too many shared libraries"),
            Map.entry(83, "cannot exec a shared library directly"),
            Map.entry(84, "invalid or incomplete multibyte or wide character"),
            Map.entry(85, "interrupted system call should be restarted"),
            Map.entry(86, "streams pipe error"),
            Map.entry(87, "too many users"),
            Map.entry(88, "socket operation on non-socket"),
            Map.entry(89, "destination address required"),
            Map.entry(90, "message too long"),
            Map.entry(91, "protocol wrong type for socket"),
            Map.entry(92, "protocol not available"),
            Map.entry(93, "protocol not supported"),
            Map.entry(94, "socket type not supported"),
            Map.entry(95, "operation not supported"),
            Map.entry(96, "protocol family not supported"),
            Map.entry(97, "address family not supported by protocol"),
            Map.entry(98, "address already in use"),
            Map.entry(99, "cannot assign requested address"),
            Map.entry(100, "network is down"),
            Map.entry(101, "network is unreachable"),
            Map.entry(102, "network dropped connection on reset"),
            Map.entry(103, "software caused connection abort"),
            Map.entry(104, "connection reset by peer"),
            Map.entry(105, "no buffer space available"),
            Map.entry(106, "transport endpoint is already connected"),
            Map.entry(107, "transport endpoint is not connected"),
            Map.entry(108, "cannot send after transport endpoint shutdown"),
            Map.entry(109, "too many references: cannot splice"),
            Map.entry(110, "connection timed out"),
            Map.entry(111, "connection refused"),
            Map.entry(112, "host is down"),
            Map.entry(113, "no route to host"),
            Map.entry(114, "operation already in progress"),
            Map.entry(115, "operation now in progress"),
            Map.entry(116, "stale file handle"),
            Map.entry(117, "structure needs cleaning"),
            Map.entry(118, "not a xenix named type file"),
            Map.entry(119, "no xenix semaphores available"),
            Map.entry(120, "is a named type file"),
            Map.entry(121, "remote i/o error"),
            Map.entry(122, "disk quota exceeded"),
            Map.entry(123, "no medium found"),
            Map.entry(124, "wrong medium type"),
            Map.entry(125, "operation canceled"),
            Map.entry(126, "required key not available"),
            Map.entry(127, "key has expired"),
            Map.entry(128, "key has been revoked"),
            Map.entry(129, "key was rejected by service"),
            Map.entry(130, "owner died"),
            Map.entry(131, "state not recoverable"),
            Map.entry(132, "operation not possible due to rf-kill"));

    private Errno() {}

    /** The kernel's word for an error number, lower case: "no such file or directory". */
    public static String message(int errno) {
        return WORDS.getOrDefault(errno, "error " + errno);
    }
}
