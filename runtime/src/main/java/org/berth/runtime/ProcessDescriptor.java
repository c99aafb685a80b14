package org.berth.runtime;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * A pidfd (pidfd_open(2)): names one process for good, as a process id does not. It becomes readable
 * when the process has ended.
 */
final class ProcessDescriptor implements AutoCloseable {
    private static final int P_PIDFD = 3;
    private static final int WNOHANG_WEXITED = 0x5;
    private static final int SIGNAL_INFO_SIZE = 128;

    /** start time is field 22 of proc_pid_stat(5): the 20th after the name's closing parenthesis. */
    private static final int START_TIME_AFTER_NAME = 19;

    private final Descriptor descriptor;

    private ProcessDescriptor(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** The process of that id; empty when there is none. */
    static Optional<ProcessDescriptor> open(long pid) {
        if (pid <= 0) {
            throw new IllegalArgumentException("no process id: " + pid);
        }
        long number = SystemCalls.attempt(SystemCallNumber.PIDFD_OPEN, pid, 0);
        if (number == -Errno.ESRCH) {
            return Optional.empty();
        }
        if (number < 0) {
            throw new SystemCallException("open process " + pid, (int) -number);
        }
        return Optional.of(new ProcessDescriptor(new Descriptor((int) number)));
    }

    /** The process that a stat line was taken of, if it still runs: same id and same start time. */
    static Optional<ProcessDescriptor> open(String statLine) {
        long pid = pid(statLine);
        Optional<ProcessDescriptor> opened = open(pid);
        if (opened.isPresent() && !startTime(statLine).equals(startTime(stat(pid)))) {
            opened.get().close();
            return Optional.empty();
        }
        return opened;
    }

    private static String stat(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    /** The process id of a stat line. */
    static long pid(String statLine) {
        return Long.parseLong(statLine.substring(0, statLine.indexOf(' ')));
    }

    /** The start time of a stat line, in clock ticks since boot; "" when it is none. */
    static String startTime(String statLine) {
        int name = statLine.lastIndexOf(')');
        String[] fields = statLine.substring(name + 1).trim().split(" ", -1);
        return name > 0 && fields.length > START_TIME_AFTER_NAME ? fields[START_TIME_AFTER_NAME] : "";
    }

    Descriptor descriptor() {
        return descriptor;
    }

    /** A descriptor that the process holds, as one of ours; empty when it has ended or has none of that number. */
    Optional<Descriptor> take(int number) {
        long taken = SystemCalls.attempt(SystemCallNumber.PIDFD_GETFD, descriptor.number(), number, 0);
        return taken < 0 ? Optional.empty() : Optional.of(new Descriptor((int) taken));
    }

    /** A pidfd that the process holds. */
    Optional<ProcessDescriptor> takeProcess(int number) {
        return take(number).map(ProcessDescriptor::new);
    }

    /** Sends a signal. @return whether there was a process to take it */
    boolean signal(int signal) {
        long result = SystemCalls.attempt(SystemCallNumber.PIDFD_SEND_SIGNAL, descriptor.number(), signal, 0, 0);
        if (result < 0 && result != -Errno.ESRCH) {
            throw new SystemCallException("send signal " + signal, (int) -result);
        }
        return result == 0;
    }

    /** Frees the process table's entry when it is an ended child of ours; nothing otherwise. */
    void reap() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(SIGNAL_INFO_SIZE, 8);
            SystemCalls.attempt(
                    SystemCallNumber.WAITID, P_PIDFD, descriptor.number(), info.address(), WNOHANG_WEXITED, 0);
        }
    }

    /** The process id as this process sees it (fdinfo of proc(5)); -1 when it has ended. */
    long pid() {
        try {
            return Files.readAllLines(Path.of("/proc/self/fdinfo", Integer.toString(descriptor.number()))).stream()
                    .filter(line -> line.startsWith("Pid:"))
                    .map(line -> Long.parseLong(line.substring("Pid:".length()).trim()))
                    .findFirst()
                    .orElse(-1L);
        } catch (IOException e) {
            return -1;
        }
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
