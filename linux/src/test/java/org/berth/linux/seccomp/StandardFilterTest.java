package org.berth.linux.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.berth.linux.SystemCallNumber;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The compiled program is run for every number and must say what the profile says. */
class StandardFilterTest {
    private static final int X86_64 = 0xc000003e;
    private static final int ALLOW = 0x7fff0000;
    private static final int EPERM = 0x00050001;
    private static final int ENOSYS = 0x00050026;
    private static final int KILL = 0x80000000;
    private static final int NEW_USER = 0x10000000;
    private static final int NUMBERS = 2000;

    private static final Set<String> USUAL = Set.of("CHOWN", "SYS_CHROOT", "KILL");
    private static final FilterInterpreter FILTER = filter(USUAL);

    @Test
    void everyNumberHasItsDecision() {
        DecisionTable table = StandardFilter.table(USUAL);
        for (int number = 0; number < NUMBERS; number++) {
            for (long argument : new long[] {0, 2, 38, 40, 1L << 32 | 38, NEW_USER, -1}) {
                assertThat(FILTER.run(X86_64, number, argument, 0, 0, 0, 0, 0))
                        .as("number %d of %d", number, argument)
                        .isEqualTo(table.of(number).of(argument, 0, 0, 0, 0, 0).value());
            }
        }
    }

    @Test
    void usualProgramsMayDoWhatTheyNeed() {
        for (int number : new int[] {
            SystemCallNumber.READ, SystemCallNumber.EXECVE, SystemCallNumber.MMAP, SystemCallNumber.OPENAT,
            SystemCallNumber.EPOLL_WAIT, SystemCallNumber.GETRANDOM, SystemCallNumber.STATX, SystemCallNumber.RSEQ,
            SystemCallNumber.CHROOT, SystemCallNumber.FCHMODAT2, SystemCallNumber.VFORK, SystemCallNumber.SEMTIMEDOP
        }) {
            assertThat(FILTER.run(X86_64, number)).as("number %d", number).isEqualTo(ALLOW);
        }
    }

    @Test
    void whatReachesTheHostIsRefused() {
        for (int number : new int[] {
            SystemCallNumber.MOUNT,
            SystemCallNumber.UMOUNT2,
            SystemCallNumber.OPEN_TREE,
            SystemCallNumber.UNSHARE,
            SystemCallNumber.SETNS,
            SystemCallNumber.BPF,
            SystemCallNumber.KEYCTL,
            SystemCallNumber.ADD_KEY,
            SystemCallNumber.INIT_MODULE,
            SystemCallNumber.KEXEC_LOAD,
            SystemCallNumber.OPEN_BY_HANDLE_AT,
            SystemCallNumber.USERFAULTFD,
            SystemCallNumber.IO_URING_SETUP,
            SystemCallNumber.PERF_EVENT_OPEN,
            SystemCallNumber.REBOOT,
            SystemCallNumber.SWAPON,
            SystemCallNumber.PIVOT_ROOT,
            SystemCallNumber.SYSLOG
        }) {
            assertThat(FILTER.run(X86_64, number)).as("number %d", number).isEqualTo(EPERM);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {335, 400, 423, 470, 999, 0x3fffffff, 0x40000000, 0x40000001, -1})
    void unknownNumbersAreNotThereSoThatNewerLibrariesFallBack(int number) {
        assertThat(FILTER.run(X86_64, number)).isEqualTo(ENOSYS);
    }

    @Test
    void clonesMayNotTakeNamespaces() {
        assertThat(FILTER.run(X86_64, SystemCallNumber.CLONE, 0x1200011L)).isEqualTo(ALLOW);
        assertThat(FILTER.run(X86_64, SystemCallNumber.CLONE, NEW_USER | 17L)).isEqualTo(EPERM);
        assertThat(FILTER.run(X86_64, SystemCallNumber.CLONE3)).isEqualTo(ENOSYS);
    }

    @Test
    void socketsOfTheHypervisorAreRefusedWhateverTheHighBits() {
        assertThat(FILTER.run(X86_64, SystemCallNumber.SOCKET, 2L)).isEqualTo(ALLOW);
        assertThat(FILTER.run(X86_64, SystemCallNumber.SOCKET, 40L)).isEqualTo(EPERM);
        assertThat(FILTER.run(X86_64, SystemCallNumber.SOCKET, 1L << 32 | 40L)).isEqualTo(EPERM);
    }

    /** Take the family 38 out of the resource "standard" to see it fail. */
    @Test
    void CVE_2026_31431_socketsOfTheKernelsCiphersAreRefused() {
        assertThat(FILTER.run(X86_64, SystemCallNumber.SOCKET, 38L)).isEqualTo(EPERM);
        assertThat(FILTER.run(X86_64, SystemCallNumber.SOCKET, 1L << 32 | 38L)).isEqualTo(EPERM);
        assertThat(FILTER.run(X86_64, SystemCallNumber.SOCKET, 39L)).isEqualTo(ALLOW);
    }

    @Test
    void personalitiesAreThoseOfLinux() {
        for (long allowed : new long[] {0, 8, 0x20000, 0x20008, 0xffffffffL}) {
            assertThat(FILTER.run(X86_64, SystemCallNumber.PERSONALITY, allowed))
                    .isEqualTo(ALLOW);
        }
        assertThat(FILTER.run(X86_64, SystemCallNumber.PERSONALITY, 0x0040000L)).isEqualTo(EPERM);
    }

    @Test
    void otherTablesOfCallsAreNotMade() {
        assertThat(FILTER.run(0x40000003, SystemCallNumber.READ)).isEqualTo(KILL);
        assertThat(FILTER.run(0xc00000b7, SystemCallNumber.READ)).isEqualTo(KILL);
    }

    @Test
    void capabilitiesBringTheirCalls() {
        FilterInterpreter administrator = filter(Set.of("SYS_ADMIN", "SYS_PTRACE"));
        assertThat(administrator.run(X86_64, SystemCallNumber.MOUNT)).isEqualTo(ALLOW);
        assertThat(administrator.run(X86_64, SystemCallNumber.CLONE, NEW_USER)).isEqualTo(ALLOW);
        assertThat(administrator.run(X86_64, SystemCallNumber.CLONE3)).isEqualTo(ALLOW);
        assertThat(administrator.run(X86_64, SystemCallNumber.PIDFD_GETFD)).isEqualTo(ALLOW);
        assertThat(administrator.run(X86_64, SystemCallNumber.CHROOT)).isEqualTo(EPERM);
    }

    private static FilterInterpreter filter(Set<String> capabilities) {
        return new FilterInterpreter(StandardFilter.of(capabilities).bytes());
    }
}
