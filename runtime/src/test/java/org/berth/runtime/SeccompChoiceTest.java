package org.berth.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Containers with a filter of their own choice. */
@KernelTest
class SeccompChoiceTest {
    private static final String NO_MKDIR = """
            {"defaultAction": "SCMP_ACT_ALLOW",
             "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
             "syscalls": [
               {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5},
               {"names": ["chmod", "fchmodat", "fchmodat2"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28,
                "excludes": {"caps": ["CAP_CHOWN"]}}]}
            """;

    @Test
    void profileHoldsForTheFirstProcessAndForThoseThatJoin(Instance instance) {
        try (Box box = new Box(instance).seccomp(NO_MKDIR)) {
            box.start("mkdir /tmp/a; chmod 700 /tmp && echo changed; mkdir /tmp/b; sleep 1000");
            assertThat(box.exec("mkdir /tmp/c || echo refused").code()).isZero();
            assertThat(Box.text(box.execLog(), 1)).isEqualTo("refused\n");
            assertThat(Box.text(box.execLog(), 2)).contains("Input/output error");
            assertThat(box.runtime.explain(Box.ID).filter())
                    .contains("x86-64 calls", "x86 calls", "refused (input/output error):", "  mkdir mkdirat");
        }
    }

    @Test
    void unconfinedContainerHasNoFilter(Instance instance) {
        try (Box box = new Box(instance).seccomp("unconfined")) {
            box.run("grep Seccomp: /proc/self/status");
            assertThat(box.output()).isEqualTo("Seccomp:\t0\n");
        }
    }

    @Test
    void standardFilterIsExplained(Instance instance) {
        try (Box box = new Box(instance)) {
            box.run("true");
            assertThat(box.runtime.explain(Box.ID).filter())
                    .contains("x86-64 calls", "allowed:", "refused (operation not permitted):", "by their arguments:")
                    .contains("  clone: allowed when argument 0 of the bits 0x7e020000 has 0; "
                            + "else refused (operation not permitted)")
                    .endsWith("any above: refused (function not implemented)");
        }
    }

    @Test
    void profileIsLearnedAndSuffices(Instance instance) {
        String script = "mkdir /tmp/a; echo text > /tmp/a/b; cat /tmp/a/b; (id -u); sleep 0.01";
        String learned;
        try (Box box = new Box(instance).seccomp("learn")) {
            assertThat(box.run(script).code()).isZero();
            assertThat(box.output()).isEqualTo("text\n0\n");
            learned = box.runtime.explain(Box.ID).learned().orElseThrow();
        }
        assertThat(learned)
                .contains("\"SCMP_ARCH_X86_64\"", "\"mkdir\"", "\"execve\"", "\"SCMP_CMP_MASKED_EQ\"")
                .doesNotContain("chmod", "ptrace", "socket");
        try (Box box = new Box(instance).seccomp(learned)) {
            assertThat(box.run(script + "; chmod 700 /tmp").code()).isNotZero();
            assertThat(box.output()).isEqualTo("text\n0\n");
            assertThat(box.errors()).contains("chmod").contains("Operation not permitted");
        }
    }

    @Test
    void profileThatCannotBeReadLeavesNothing(Instance instance) {
        try (Box box = new Box(instance).seccomp("{\"defaultAction\": \"ALLOW\"}")) {
            assertThatThrownBy(() -> box.run("true"))
                    .isInstanceOf(BerthException.class)
                    .hasMessageContaining("seccomp profile, defaultAction");
        }
    }
}
