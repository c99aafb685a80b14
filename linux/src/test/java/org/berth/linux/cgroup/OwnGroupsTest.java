package org.berth.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.berth.linux.cgroup.CgroupLayout.Hierarchy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnGroupsTest {
    private static final Set<String> LIMITING = Set.of("cpu", "memory", "pids");

    @TempDir
    Path machine;

    @Test
    void onlyWhatIsOurs_andNeverDevices() {
        CgroupLayout layout = new CgroupLayout(
                List.of(legacy("memory"), legacy("devices"), legacy("pids"), legacy("cpu"), unified("unified")));
        String own = """
                5:memory:/user/one
                4:devices:/user/one
                3:pids:/user/one
                2:cpu:/
                0::/
                """;
        CgroupLayout found = OwnGroups.of(layout, own, folder -> folder.endsWith("user/one"));
        assertThat(found.hierarchies())
                .extracting(Hierarchy::folder)
                .containsExactly(machine.resolve("memory/user/one"), machine.resolve("pids/user/one"));
        assertThat(OwnGroups.missing(found, LIMITING)).containsExactly("cpu");
    }

    @Test
    void nothingIsOurs() {
        CgroupLayout found = OwnGroups.of(new CgroupLayout(List.of(legacy("memory"))), "1:memory:/", folder -> false);
        Cgroups groups = new Cgroups(found, "berth-test", false);
        assertThat(groups.missing()).containsExactly("cpu", "memory", "pids");
        assertThat(groups.freezes()).isFalse();
        Cgroup group = groups.create("one", all());
        assertThat(group.processFiles()).isEmpty();
        assertThat(groups.find("one")).isEmpty();
        groups.delete("one");
        groups.close();
    }

    @Test
    void limitsOfWhatIsMissingAreNotWritten() throws Exception {
        Path memory = Files.createDirectories(machine.resolve("memory/berth-test/one"));
        for (String file : List.of("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")) {
            Files.createFile(memory.resolve(file));
        }
        Cgroups groups = new Cgroups(new CgroupLayout(List.of(legacy("memory"))), "berth-test", false);
        groups.create("one", all());
        assertThat(memory.resolve("memory.limit_in_bytes")).hasContent("1048576");
        assertThat(groups.missing()).containsExactly("cpu", "pids");
    }

    @Test
    void theUnifiedHierarchySaysWhatItHas() throws Exception {
        Path folder = Files.createDirectories(machine.resolve("slice"));
        Files.writeString(folder.resolve("cgroup.controllers"), "memory pids\n");
        CgroupLayout found = new CgroupLayout(List.of(new Hierarchy(folder, Set.of(), true)));
        assertThat(OwnGroups.missing(found, LIMITING)).containsExactly("cpu");
    }

    private static CgroupLimits all() {
        return new CgroupLimits(
                OptionalLong.of(1 << 20),
                OptionalDouble.of(1),
                OptionalLong.empty(),
                OptionalLong.of(10),
                DeviceRule.STANDARD);
    }

    private Hierarchy legacy(String controller) {
        return new Hierarchy(machine.resolve(controller), Set.of(controller), false);
    }

    private Hierarchy unified(String name) {
        return new Hierarchy(machine.resolve(name), Set.of(), true);
    }
}
