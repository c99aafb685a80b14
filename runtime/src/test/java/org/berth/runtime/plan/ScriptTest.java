package org.berth.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.berth.linux.launch.LaunchProgram;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.junit.jupiter.api.Test;

class ScriptTest {
    @Test
    void pathsAreCleanedAsTextAndStayRelative() {
        assertThat(Script.relative("/a/b")).isEqualTo("a/b");
        assertThat(Script.relative("//a/./b/")).isEqualTo("a/b");
        assertThat(Script.relative("/a/../../b")).isEqualTo("b");
        assertThat(Script.relative("/")).isEqualTo(".");
        assertThat(Script.relative("/..")).isEqualTo(".");
    }

    @Test
    void unknownTmpfsOptionsAreRefusedByName() {
        Script script = new Script(LaunchProgram.builder());
        MountSpec mount = new MountSpec.Temporary("/tmp", "size=1m,colour=red");
        assertThatThrownBy(() -> new ExtraMounts(script, List.of(new PlannedMount(mount, true))).prepare())
                .hasMessageContaining("tmpfs /tmp: unknown option colour=red");
    }
}
