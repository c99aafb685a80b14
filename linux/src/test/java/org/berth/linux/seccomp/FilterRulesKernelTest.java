package org.berth.linux.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.berth.base.Instance;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.seccomp.Condition.Comparison;
import org.berth.linux.seccomp.FilterRules.Rule;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** The kernel takes compiled rules and holds to them. A filter is of one thread and of what it starts. */
@KernelTest
class FilterRulesKernelTest {
    private static final int SET_MODE_FILTER = 1;
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int KILLED_BY_SIGSYS = 128 + 31;
    private static final int CODE_AT = 0x400000;
    private static final int HEADERS_BYTES = 64 + 56;

    /** geteuid of i386, then exit of i386 with its negated result. */
    private static final byte[] CODE = {
        (byte) 0xb8,
        49,
        0,
        0,
        0,
        (byte) 0xcd,
        (byte) 0x80, // mov eax, 49; int 0x80
        (byte) 0x89,
        (byte) 0xc3,
        (byte) 0xf7,
        (byte) 0xdb, // mov ebx, eax; neg ebx
        (byte) 0xb8,
        1,
        0,
        0,
        0,
        (byte) 0xcd,
        (byte) 0x80 // mov eax, 1; int 0x80
    };

    @Test
    void callsNewerThanTheRulesAreNotThereAndOthersAreRefused() throws Exception {
        FilterRules old = new FilterRules(
                new Action.Log(),
                Set.of(),
                Set.of(),
                List.of(
                        new Rule(List.of("fchmodat2", "1000"), new Action.Refuse(Errno.ENOSYS), List.of()),
                        new Rule(
                                List.of("umask"),
                                new Action.Refuse(Errno.EXDEV),
                                List.of(new Condition(0, Comparison.GREATER, 0x100000000L, 0))),
                        new Rule(
                                List.of("umask"),
                                new Action.Refuse(Errno.ERANGE),
                                List.of(new Condition(0, Comparison.MASKED_EQUAL, 0xf000, 0x3000)))));
        List<Long> answers = under(
                old,
                () -> List.of(
                        SystemCalls.attempt(SystemCallNumber.FCHMODAT2, -1, 0, 0, 0),
                        SystemCalls.attempt(1000),
                        SystemCalls.attempt(SystemCallNumber.UMASK, 0x100000001L),
                        SystemCalls.attempt(SystemCallNumber.UMASK, 0x13001L),
                        SystemCalls.attempt(SystemCallNumber.CLOSE, -1)));
        assertThat(answers)
                .containsExactly(
                        (long) -Errno.ENOSYS, (long) -Errno.ENOSYS, (long) -Errno.EXDEV, (long) -Errno.ERANGE, (long)
                                -Errno.EBADF);
    }

    @Test
    void callsOf32BitProgramsHaveTheirOwnNumbers(Instance instance) throws Exception {
        Path program = program(instance);
        Rule rule = new Rule(List.of("geteuid"), new Action.Refuse(Errno.EIO), List.of());
        assertThat(exit(program, new FilterRules(new Action.Allow(), Set.of(Architecture.X86), Set.of(), List.of())))
                .isZero();
        assertThat(exit(
                        program,
                        new FilterRules(new Action.Allow(), Set.of(Architecture.X86), Set.of(), List.of(rule))))
                .isEqualTo(Errno.EIO);
        assertThat(exit(program, new FilterRules(new Action.Allow(), Set.of(), Set.of(), List.of(rule))))
                .isEqualTo(KILLED_BY_SIGSYS);
    }

    private static int exit(Path program, FilterRules rules) throws Exception {
        return under(rules, () -> new ProcessBuilder(program.toString()).start().waitFor());
    }

    private static <T> T under(FilterRules rules, Callable<T> action) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            try {
                load(SystemCallFilters.compile(rules));
                result.complete(action.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        return result.get();
    }

    private static void load(CompiledFilter filter) {
        try (Arena arena = Arena.ofConfined()) {
            byte[] program = filter.bytes();
            MemorySegment code = arena.allocate(program.length, 8).copyFrom(MemorySegment.ofArray(program));
            MemorySegment header = arena.allocate(16, 8);
            header.set(ValueLayout.JAVA_SHORT, 0, (short) filter.instructions());
            header.set(ValueLayout.ADDRESS, 8, code);
            SystemCalls.call("no new privileges", SystemCallNumber.PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            SystemCalls.call(
                    "load the filter", SystemCallNumber.SECCOMP, SET_MODE_FILTER, filter.flags(), header.address());
        }
    }

    /** A static ELF of 64 bits, which may make calls of i386 by interrupt 0x80 all the same. */
    private static Path program(Instance instance) throws java.io.IOException {
        ByteBuffer file = ByteBuffer.allocate(HEADERS_BYTES + CODE.length).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0x464c457f).put((byte) 2).put((byte) 1).put((byte) 1).position(16);
        file.putShort((short) 2).putShort((short) 62).putInt(1);
        file.putLong(CODE_AT + HEADERS_BYTES).putLong(64).putLong(0);
        file.putInt(0)
                .putShort((short) 64)
                .putShort((short) 56)
                .putShort((short) 1)
                .position(64);
        file.putInt(1).putInt(5).putLong(0).putLong(CODE_AT).putLong(CODE_AT);
        file.putLong(file.capacity()).putLong(file.capacity()).putLong(0x1000).put(CODE);
        Files.createDirectories(instance.root());
        Path program = instance.root().resolve("calls32");
        Files.write(program, file.array());
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return program;
    }
}
