package org.berth.linux.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** The kernel takes the program and holds to it. A filter is of one thread, which ends with the test. */
@KernelTest
class SeccompKernelTest {
    private static final int SET_MODE_FILTER = 1;
    private static final int PR_SET_NO_NEW_PRIVS = 38;

    @Test
    void threadUnderTheStandardProfile() {
        CompletableFuture<Answers> answers = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            try {
                answers.complete(filtered());
            } catch (Throwable e) {
                answers.completeExceptionally(e);
            }
        });
        assertThat(answers.join())
                .isEqualTo(new Answers(true, -Errno.EPERM, -Errno.EPERM, -Errno.ENOSYS, -Errno.EPERM));
    }

    private static Answers filtered() {
        byte[] program = StandardFilter.of(Set.of()).bytes();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment code = arena.allocate(program.length, 8).copyFrom(MemorySegment.ofArray(program));
            MemorySegment header = arena.allocate(16, 8);
            header.set(ValueLayout.JAVA_SHORT, 0, (short) (program.length / 8));
            header.set(ValueLayout.ADDRESS, 8, code);
            SystemCalls.call("no new privileges", SystemCallNumber.PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            SystemCalls.call("load the filter", SystemCallNumber.SECCOMP, SET_MODE_FILTER, 0, header.address());
            return new Answers(
                    SystemCalls.attempt(SystemCallNumber.GETPID) > 0,
                    SystemCalls.attempt(SystemCallNumber.UNSHARE, 0),
                    SystemCalls.attempt(SystemCallNumber.SOCKET, 40, 1, 0),
                    SystemCalls.attempt(1000),
                    SystemCalls.attempt(SystemCallNumber.KEYCTL, 0, 0));
        }
    }

    private record Answers(boolean pid, long unshare, long vsock, long unknown, long keys) {}
}
