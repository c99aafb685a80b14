package org.berth.linux.seccomp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * Hears of the system calls that a filter gives to its listener (seccomp_unotify(2)) and lets each be made: to
 * watch, not to judge, since the arguments' memory may change meanwhile.
 */
public final class CallListener implements AutoCloseable {
    private static final long RECEIVE = 0xc0502100L;
    private static final long SEND = 0xc0182101L;
    private static final int NOTICE_BYTES = 80;
    private static final int ANSWER_BYTES = 24;
    private static final int CONTINUE = 1;
    private static final int POLL_IN = 1;
    private static final int ARGUMENTS = 6;
    private static final String LINK = "anon_inode:seccomp notify";

    private final Descriptor descriptor;

    private CallListener(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** A call that somebody waits to make. @param architecture AUDIT_ARCH_*, @param arguments six */
    public record Notice(int architecture, int number, List<Long> arguments) {
        public Notice {
            arguments = List.copyOf(arguments);
        }
    }

    /** Takes a copy of the listener that a process has open; empty when it has none (yet). */
    public static Optional<CallListener> of(long pid) {
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "fd"))) {
            for (Path each : open) {
                if (isListener(each)) {
                    return take(pid, Integer.parseInt(each.getFileName().toString()));
                }
            }
            return Optional.empty();
        } catch (IOException | UncheckedIOException | java.nio.file.DirectoryIteratorException e) {
            return Optional.empty(); // it has ended
        }
    }

    private static boolean isListener(Path link) {
        try {
            return Files.readSymbolicLink(link).toString().equals(LINK);
        } catch (IOException e) {
            return false;
        }
    }

    private static Optional<CallListener> take(long pid, int number) {
        long process = SystemCalls.attempt(SystemCallNumber.PIDFD_OPEN, pid, 0);
        if (process < 0) {
            return Optional.empty();
        }
        try (Descriptor opened = new Descriptor((int) process)) {
            long copy = SystemCalls.attempt(SystemCallNumber.PIDFD_GETFD, opened.number(), number, 0);
            return copy < 0 ? Optional.empty() : Optional.of(new CallListener(new Descriptor((int) copy)));
        }
    }

    /** Lets every call be made and tells of it, until nobody is left who has the filter. */
    public void listen(Consumer<Notice> told) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment poll = arena.allocate(8, 4);
            MemorySegment notice = arena.allocate(NOTICE_BYTES, 8);
            MemorySegment answer = arena.allocate(ANSWER_BYTES, 8);
            poll.set(ValueLayout.JAVA_INT, 0, descriptor.number());
            poll.set(ValueLayout.JAVA_SHORT, 4, (short) POLL_IN);
            while (true) {
                long ready = SystemCalls.attempt(SystemCallNumber.PPOLL, poll.address(), 1, 0, 0, 0);
                if (ready < 0 && ready != -Errno.EINTR) {
                    throw new SystemCallException("wait for system calls to be told of", (int) -ready);
                }
                if (ready > 0 && (poll.get(ValueLayout.JAVA_SHORT, 6) & POLL_IN) == 0) {
                    return; // hung up: the last process with the filter has ended
                }
                if (ready > 0) {
                    receive(notice, answer, told);
                }
            }
        }
    }

    private void receive(MemorySegment notice, MemorySegment answer, Consumer<Notice> told) {
        notice.fill((byte) 0);
        long received = SystemCalls.attempt(SystemCallNumber.IOCTL, descriptor.number(), RECEIVE, notice.address());
        if (received < 0) {
            return; // whoever waited was killed meanwhile
        }
        Long[] arguments = new Long[ARGUMENTS];
        Arrays.setAll(arguments, index -> notice.get(ValueLayout.JAVA_LONG, 32 + 8L * index));
        told.accept(new Notice(
                notice.get(ValueLayout.JAVA_INT, 20), notice.get(ValueLayout.JAVA_INT, 16), List.of(arguments)));
        answer.fill((byte) 0);
        answer.set(ValueLayout.JAVA_LONG, 0, notice.get(ValueLayout.JAVA_LONG, 0));
        answer.set(ValueLayout.JAVA_INT, 20, CONTINUE);
        SystemCalls.attempt(SystemCallNumber.IOCTL, descriptor.number(), SEND, answer.address());
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
