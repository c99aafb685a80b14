package org.berth.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.berth.base.BerthException;
import org.berth.linux.cgroup.CgroupLayout.Mode;
import org.junit.jupiter.api.Test;

class CgroupLayoutTest {
    static final String LEGACY = """
            24 1 0:22 / / rw,relatime - ext4 /dev/sda1 rw
            32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:10 - cgroup cgroup rw,cpu,cpuacct
            34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
            35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
            36 31 0:33 / /sys/fs/cgroup/devices rw,relatime - cgroup cgroup rw,devices
            37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
            39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
            40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,release_agent=/lib/agent,name=systemd
            """;
    static final String HYBRID = """
            90 31 0:32 /docker/abc /var/lib/x/sys/fs/cgroup/memory ro,relatime - cgroup cgroup rw,memory
            """ + LEGACY + """
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
            91 31 0:38 / /somewhere/else rw,relatime - cgroup2 cgroup2 rw
            """;
    static final String UNIFIED = "35 24 0:30 / /sys/fs\\040here/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";

    @Test
    void legacyHasAFolderForEachHierarchy() {
        CgroupLayout layout = CgroupLayout.parse(LEGACY);
        assertThat(layout.mode()).isEqualTo(Mode.LEGACY);
        assertThat(layout.hierarchies()).hasSize(7);
        assertThat(layout.controlling("cpuacct")).isEqualTo(layout.controlling("cpu"));
        assertThat(layout.controlling("cpu").orElseThrow().folder()).isEqualTo(Path.of("/sys/fs/cgroup/cpu,cpuacct"));
        assertThat(layout.hierarchies().getLast().controllers()).containsExactly("name=systemd");
    }

    @Test
    void hybridHasBothAndOverlooksContainersMounts() {
        CgroupLayout layout = CgroupLayout.parse(HYBRID);
        assertThat(layout.mode()).isEqualTo(Mode.HYBRID);
        assertThat(layout.hierarchies()).hasSize(8);
        assertThat(layout.controlling("memory").orElseThrow().folder()).isEqualTo(Path.of("/sys/fs/cgroup/memory"));
        assertThat(layout.unified().orElseThrow().folder()).isEqualTo(Path.of("/sys/fs/cgroup/unified"));
    }

    @Test
    void unifiedIsOneFolder() {
        CgroupLayout layout = CgroupLayout.parse(UNIFIED);
        assertThat(layout.mode()).isEqualTo(Mode.UNIFIED);
        assertThat(layout.unified().orElseThrow().folder()).isEqualTo(Path.of("/sys/fs here/cgroup"));
        assertThat(layout.controlling("memory")).isEmpty();
    }

    @Test
    void machineWithoutGroupsIsNamed() {
        assertThatThrownBy(() -> CgroupLayout.parse("24 1 0:22 / / rw - ext4 /dev/sda1 rw\nrubbish\n"))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("no control groups are mounted");
    }
}
