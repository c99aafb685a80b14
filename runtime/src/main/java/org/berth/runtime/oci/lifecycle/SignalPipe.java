package org.berth.runtime.oci.lifecycle;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * The signals that are sent to this process, as bytes of a pipe. Java's own handlers know only some, and
 * signalfd(2) needs all threads to block a signal, the virtual machine's too. So the handler is 22 bytes
 * of machine code (x86-64) in a page of ours: it writes the signal's number to the pipe, and nothing else.
 */
final class SignalPipe implements AutoCloseable {
    /** All that can be caught, but what the virtual machine lives by, SIGCHLD, SIGPIPE and SIGURG. */
    private static final int[] SIGNALS = {1, 2, 3, 10, 14, 15, 18, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30};

    private static final int FIRST_REAL_TIME = 34;
    private static final int LAST_REAL_TIME = 64;
    private static final int PAGE = 4096;
    private static final int RESTORER = 32;
    private static final int SA_RESTART_RESTORER_ONSTACK = 0x1c000000;
    private static final int O_CLOEXEC_NONBLOCK = 0x80800;

    /** Its descriptor is put in place of the zeros. */
    private static final String HANDLER = """
            57                   |       push  rdi
            48 89 e6             |       mov   rsi, rsp
            bf 00 00 00 00       |       mov   edi, PIPE
            ba 01 00 00 00       |       mov   edx, 1
            b8 01 00 00 00       |       mov   eax, write
            0f 05                |       syscall
            5f                   |       pop   rdi
            c3                   |       ret
            """;

    private static final int PIPE_OFFSET = 5;

    private static final String RETURN = """
            b8 0f 00 00 00       |       mov   eax, rt_sigreturn
            0f 05                |       syscall
            """;

    private final Descriptor readEnd;
    private final Descriptor writeEnd;

    private SignalPipe(Descriptor readEnd, Descriptor writeEnd) {
        this.readEnd = readEnd;
        this.writeEnd = writeEnd;
    }

    /** From now on signals go to the pipe; for the rest of this process's life. */
    static SignalPipe open() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
            // never blocking: a handler must not wait for its own thread
            SystemCalls.call("make a pipe for signals", SystemCallNumber.PIPE2, ends.address(), O_CLOEXEC_NONBLOCK);
            SignalPipe pipe = new SignalPipe(
                    new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 0)),
                    new Descriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 1)));
            long code = code(pipe.writeEnd.number());
            MemorySegment action = arena.allocate(32, 8);
            action.set(ValueLayout.JAVA_LONG, 0, code);
            action.set(ValueLayout.JAVA_LONG, 8, SA_RESTART_RESTORER_ONSTACK);
            action.set(ValueLayout.JAVA_LONG, 16, code + RESTORER);
            for (int signal : SIGNALS) {
                handle(signal, action);
            }
            for (int signal = FIRST_REAL_TIME; signal <= LAST_REAL_TIME; signal++) {
                handle(signal, action);
            }
            return pipe;
        }
    }

    private static void handle(int signal, MemorySegment action) {
        SystemCalls.attempt(SystemCallNumber.RT_SIGACTION, signal, action.address(), 0, 8);
    }

    private static long code(int pipe) {
        long address = SystemCalls.call("map a page", SystemCallNumber.MMAP, 0, PAGE, 3, 0x22, -1, 0);
        MemorySegment page = MemorySegment.ofAddress(address).reinterpret(PAGE);
        byte[] handler = bytes(HANDLER);
        MemorySegment.copy(handler, 0, page, ValueLayout.JAVA_BYTE, 0, handler.length);
        page.set(ValueLayout.JAVA_INT_UNALIGNED, PIPE_OFFSET, pipe);
        byte[] restorer = bytes(RETURN);
        MemorySegment.copy(restorer, 0, page, ValueLayout.JAVA_BYTE, RESTORER, restorer.length);
        SystemCalls.call("make a page executable", SystemCallNumber.MPROTECT, address, PAGE, 5);
        return address;
    }

    private static byte[] bytes(String code) {
        StringBuilder digits = new StringBuilder();
        code.lines().forEach(line -> digits.append(line, 0, line.indexOf('|')));
        return HexFormat.of().parseHex(digits.toString().replace(" ", ""));
    }

    /** Readable when a signal has come. */
    Descriptor descriptor() {
        return readEnd;
    }

    /** The signals that have come. */
    byte[] take() {
        return Kernel.read(readEnd, 64);
    }

    /** Only what is read: the handlers stay, with their end of the pipe. */
    @Override
    public void close() {
        readEnd.close();
    }
}
