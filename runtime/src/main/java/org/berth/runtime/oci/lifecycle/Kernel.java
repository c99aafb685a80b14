package org.berth.runtime.oci.lifecycle;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/** The few system calls that talking with a launch program takes, in Java's terms. */
final class Kernel {
    static final int SIGKILL = 9;
    static final int O_RDONLY = 0;
    static final int O_WRONLY = 1;
    static final int O_NONBLOCK = 0x800;
    static final int O_CREAT = 0x40;
    static final int O_PATH = 0x200000;
    static final int O_CLOEXEC = 0x80000;
    static final short POLLIN = 1;
    static final short POLLOUT = 4;

    private static final int AT_FDCWD = -100;
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM_CLOEXEC = 0x80001;
    private static final int SOCK_DATAGRAM_CLOEXEC = 0x80002;
    private static final int MSG_DONTWAIT_NOSIGNAL = 0x4040;
    private static final int LOCK_EX = 2;
    private static final int OWNER_ONLY = 0600;
    private static final int S_IFIFO = 0x1000;
    private static final int P_PIDFD = 3;
    private static final int P_PID = 1;
    private static final int WEXITED_WALL = 0x40000004;
    private static final int SIGNAL_INFO_SIZE = 128;
    private static final int SIGNAL_STATUS = 24;
    private static final int SIGNAL_CODE = 8;
    private static final int CLD_EXITED = 1;
    private static final int SIGNALLED = 128;
    private static final int SOCKET_PATH_MAX = 107;
    private static final long NANOS = 1_000_000_000L;

    private Kernel() {}

    /** Two connected sockets, close-on-exec. */
    static Descriptor[] socketPair() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
            SystemCalls.call(
                    "make a pair of sockets",
                    SystemCallNumber.SOCKETPAIR,
                    AF_UNIX,
                    SOCK_STREAM_CLOEXEC,
                    0,
                    ends.address());
            return new Descriptor[] {
                new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 0)),
                new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 1))
            };
        }
    }

    /** Waits until one of them can be read or has ended. @return its index; empty when the time is over */
    static OptionalInt poll(long nanoseconds, Descriptor... descriptors) {
        return poll(nanoseconds, POLLIN, descriptors);
    }

    /** As {@link #poll}; the first of them until it can be written to, or nobody reads there any more. */
    static OptionalInt pollToWrite(long nanoseconds, Descriptor... descriptors) {
        return poll(nanoseconds, POLLOUT, descriptors);
    }

    private static OptionalInt poll(long nanoseconds, short first, Descriptor... descriptors) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment requests = arena.allocate(8L * descriptors.length, 8);
            for (int i = 0; i < descriptors.length; i++) {
                requests.set(ValueLayout.JAVA_INT, 8L * i, descriptors[i].number());
                requests.set(ValueLayout.JAVA_SHORT, 8L * i + 4, i == 0 ? first : POLLIN);
            }
            MemorySegment time = arena.allocate(16, 8);
            long left = Math.max(0, nanoseconds);
            time.set(ValueLayout.JAVA_LONG, 0, left / NANOS);
            time.set(ValueLayout.JAVA_LONG, 8, left % NANOS);
            long ready = SystemCalls.call(
                    "wait for a launch program",
                    SystemCallNumber.PPOLL,
                    requests.address(),
                    descriptors.length,
                    nanoseconds == Long.MAX_VALUE ? 0 : time.address(),
                    0,
                    8);
            for (int i = 0; ready > 0 && i < descriptors.length; i++) {
                if (requests.get(ValueLayout.JAVA_SHORT, 8L * i + 6) != 0) {
                    return OptionalInt.of(i);
                }
            }
            return OptionalInt.empty();
        }
    }

    /** What can be read at once, at most {@code size} bytes; empty at the end, and where there was an error. */
    static byte[] read(Descriptor from, int size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(size, 8);
            long count = SystemCalls.attempt(SystemCallNumber.READ, from.number(), buffer.address(), size);
            while (count == -Errno.EINTR) {
                count = SystemCalls.attempt(SystemCallNumber.READ, from.number(), buffer.address(), size);
            }
            return count <= 0 ? new byte[0] : buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** Writes all of it. @return whether the other side took it */
    static boolean write(Descriptor to, byte[] content) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocateFrom(ValueLayout.JAVA_BYTE, content);
            long done = 0;
            while (done < content.length) {
                long count = SystemCalls.attempt(
                        SystemCallNumber.WRITE, to.number(), buffer.address() + done, content.length - done);
                if (count == -Errno.EINTR) {
                    continue;
                }
                if (count <= 0) {
                    return false;
                }
                done += count;
            }
            return true;
        }
    }

    /**
     * Sends what a socket takes without waiting.
     *
     * @param from where it goes on
     * @return how many bytes; empty when the other side takes no more
     */
    static OptionalInt sendAtOnce(Descriptor socket, byte[] content, int from) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(content.length - (long) from);
            MemorySegment.copy(content, from, buffer, ValueLayout.JAVA_BYTE, 0, content.length - from);
            long count = SystemCalls.attempt(
                    SystemCallNumber.SENDTO,
                    socket.number(),
                    buffer.address(),
                    buffer.byteSize(),
                    MSG_DONTWAIT_NOSIGNAL,
                    0,
                    0);
            if (count == -Errno.EINTR || count == -Errno.EAGAIN) {
                return OptionalInt.of(0);
            }
            return count < 0 ? OptionalInt.empty() : OptionalInt.of((int) count);
        }
    }

    /** Waits until nobody else holds an open file's lock (flock(2)); closing it gives the lock back. */
    static void lock(Descriptor file) {
        long result;
        do {
            result = SystemCalls.attempt(SystemCallNumber.FLOCK, file.number(), LOCK_EX);
        } while (result == -Errno.EINTR);
        if (result < 0) {
            throw new SystemCallException("lock a file", (int) -result);
        }
    }

    /** Opens a file. @return the descriptor, or the error number negated */
    static long open(Path file, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            long path = SystemCalls.text(arena, file.toString()).address();
            return SystemCalls.attempt(SystemCallNumber.OPENAT, AT_FDCWD, path, flags | O_CLOEXEC, OWNER_ONLY);
        }
    }

    /** Makes a FIFO, for its owner alone. */
    static void makeFifo(Path file, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            long path = SystemCalls.text(arena, file.toString()).address();
            SystemCalls.call("make " + file, SystemCallNumber.MKNODAT, AT_FDCWD, path, S_IFIFO | mode, 0);
        }
    }

    /** A descriptor of a process. @return empty when it has ended */
    static Optional<Descriptor> process(long pid) {
        if (pid <= 0) {
            return Optional.empty();
        }
        long number = SystemCalls.attempt(SystemCallNumber.PIDFD_OPEN, pid, 0);
        if (number == -Errno.ESRCH || number == -Errno.EINVAL) {
            return Optional.empty();
        }
        if (number < 0) {
            throw new SystemCallException("open process " + pid, (int) -number);
        }
        return Optional.of(new Descriptor((int) number));
    }

    /** Sends a signal by descriptor. @return whether there was a process to take it */
    static boolean signal(Descriptor process, int signal) {
        long result = SystemCalls.attempt(SystemCallNumber.PIDFD_SEND_SIGNAL, process.number(), signal, 0, 0);
        if (result < 0 && result != -Errno.ESRCH) {
            throw new SystemCallException("send signal " + signal, (int) -result);
        }
        return result == 0;
    }

    /** A descriptor that another process holds, as one of ours. */
    static Descriptor take(Descriptor process, int number, String what) {
        return new Descriptor(
                (int) SystemCalls.call("take " + what, SystemCallNumber.PIDFD_GETFD, process.number(), number, 0));
    }

    /** Waits for a child's end. @return its exit code, or 128 and the signal; empty when it is no child of ours */
    static OptionalInt reap(Descriptor process) {
        return reap(P_PIDFD, process.number());
    }

    /** As {@link #reap(Descriptor)}, by number: good while nobody else reaps it. */
    static OptionalInt reap(long pid) {
        return reap(P_PID, pid);
    }

    private static OptionalInt reap(int kind, long which) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(SIGNAL_INFO_SIZE, 8);
            long result;
            do {
                result = SystemCalls.attempt(SystemCallNumber.WAITID, kind, which, info.address(), WEXITED_WALL, 0);
            } while (result == -Errno.EINTR);
            if (result < 0) {
                return OptionalInt.empty();
            }
            int status = info.get(ValueLayout.JAVA_INT, SIGNAL_STATUS);
            return OptionalInt.of(
                    info.get(ValueLayout.JAVA_INT, SIGNAL_CODE) == CLD_EXITED ? status : SIGNALLED + status);
        }
    }

    /**
     * Sends text and one descriptor to a listening socket (unix(7), SCM_RIGHTS).
     *
     * @param what names the socket in errors: "console socket /run/x"
     */
    static void send(String what, Path socket, byte[] text, Descriptor descriptor) {
        try (Arena arena = Arena.ofConfined();
                Descriptor connection = connect("the " + what, socket, SOCK_STREAM_CLOEXEC, arena)) {
            MemorySegment vector = arena.allocate(16, 8);
            vector.set(
                    ValueLayout.JAVA_LONG,
                    0,
                    arena.allocateFrom(ValueLayout.JAVA_BYTE, text).address());
            vector.set(ValueLayout.JAVA_LONG, 8, text.length);
            MemorySegment control = arena.allocate(24, 8);
            control.set(ValueLayout.JAVA_LONG, 0, 20); // cmsg_len
            control.set(ValueLayout.JAVA_INT, 8, 1); // SOL_SOCKET
            control.set(ValueLayout.JAVA_INT, 12, 1); // SCM_RIGHTS
            control.set(ValueLayout.JAVA_INT, 16, descriptor.number());
            MemorySegment message = arena.allocate(56, 8);
            message.set(ValueLayout.JAVA_LONG, 16, vector.address());
            message.set(ValueLayout.JAVA_LONG, 24, 1);
            message.set(ValueLayout.JAVA_LONG, 32, control.address());
            message.set(ValueLayout.JAVA_LONG, 40, 24);
            SystemCalls.call(
                    "send to the " + what, SystemCallNumber.SENDMSG, connection.number(), message.address(), 0);
        }
    }

    /** A socket for datagrams, in a folder: its path may be longer than a socket's address. */
    static Descriptor bindDatagrams(Path folder, String name) {
        String what = "make the socket " + folder.resolve(name);
        try (Arena arena = Arena.ofConfined();
                Descriptor place = folder(folder)) {
            Descriptor socket = new Descriptor(
                    (int) SystemCalls.call(what, SystemCallNumber.SOCKET, AF_UNIX, SOCK_DATAGRAM_CLOEXEC, 0));
            Address address = Address.of(what, Path.of(place.path(), name), arena);
            long result = SystemCalls.attempt(
                    SystemCallNumber.BIND, socket.number(), address.bytes().address(), address.size());
            if (result < 0) {
                socket.close();
                throw new SystemCallException(what, (int) -result);
            }
            return socket;
        }
    }

    private static Descriptor folder(Path folder) {
        long number = open(folder, O_PATH);
        if (number < 0) {
            throw new SystemCallException("open " + folder, (int) -number);
        }
        return new Descriptor((int) number);
    }

    /** A socket whose datagrams go to another. */
    static Descriptor connectDatagrams(Path socket) {
        try (Arena arena = Arena.ofConfined()) {
            return connect(socket.toString(), socket, SOCK_DATAGRAM_CLOEXEC, arena);
        }
    }

    /** Of a socket: unix(7). */
    private record Address(MemorySegment bytes, long size) {
        static Address of(String what, Path socket, Arena arena) {
            byte[] path = socket.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
            if (path.length > SOCKET_PATH_MAX) {
                throw new SystemCallException(what, Errno.ENAMETOOLONG);
            }
            MemorySegment address = arena.allocate(110, 8);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(path, 0, address, ValueLayout.JAVA_BYTE, 2, path.length);
            return new Address(address, path.length + 3L);
        }
    }

    /** Gives a process's descriptor to who listens at a socket. @param kind what it is, as runc says it */
    static void sendProcess(Path socket, String kind, Descriptor process) {
        byte[] text = kind.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        send("pidfd socket " + socket, socket, text, process);
    }

    private static Descriptor connect(String what, Path socket, int type, Arena arena) {
        Address address = Address.of("connect to " + what, socket, arena);
        Descriptor connection =
                new Descriptor((int) SystemCalls.call("connect to " + what, SystemCallNumber.SOCKET, AF_UNIX, type, 0));
        long result = SystemCalls.attempt(
                SystemCallNumber.CONNECT, connection.number(), address.bytes().address(), address.size());
        if (result < 0) {
            connection.close();
            throw new SystemCallException("connect to " + what, (int) -result);
        }
        return connection;
    }

    /** Closes all of them. */
    static void close(List<Descriptor> descriptors) {
        descriptors.forEach(Descriptor::close);
    }
}
