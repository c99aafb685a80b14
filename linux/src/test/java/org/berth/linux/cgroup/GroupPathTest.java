package org.berth.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.berth.base.BerthException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GroupPathTest {
    @Test
    void foldersFromTheRootOrBesideTheCaller() {
        assertThat(GroupPath.folders("/a//b/./c/", "id")).isEqualTo(new GroupPath.Absolute("a/b/c"));
        assertThat(GroupPath.folders("a/b", "id")).isEqualTo(new GroupPath.Relative("a/b"));
        assertThat(GroupPath.folders("", "id")).isEqualTo(new GroupPath.Relative("id"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/..", "a/../../b", "/", ".", "a\nb"})
    void pathsThatLeadOut(String path) {
        assertThatThrownBy(() -> GroupPath.folders(path, "id"))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("cgroupsPath");
    }

    @Test
    void unitsOfSystemd() {
        assertThat(GroupPath.systemd("user.slice:libpod:abc", "id", false))
                .isEqualTo(new GroupPath.Systemd("user.slice", "libpod-abc.scope"));
        assertThat(GroupPath.systemd("", "id", false))
                .isEqualTo(new GroupPath.Systemd("system.slice", "berth-id.scope"));
        assertThat(GroupPath.systemd(":p:n", "id", true)).isEqualTo(new GroupPath.Systemd("user.slice", "p-n.scope"));
        assertThat(GroupPath.systemd("a.slice::n", "id", true)).isEqualTo(new GroupPath.Systemd("a.slice", "n.scope"));
        assertThat(GroupPath.systemd("a.slice:p:a-b.slice", "id", true))
                .isEqualTo(new GroupPath.Systemd("a.slice", "a-b.slice"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a:b", "/a/b", "a:b:c:d", "::", "a:b:c", "../x.slice:b:c", "a.slice:b/:c"})
    void unitsThatCannotBe(String path) {
        assertThatThrownBy(() -> GroupPath.systemd(path, "id", false))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("cgroupsPath '" + path + "'");
    }

    @Test
    void relativePathsAreBelowTheCallerOnLegacyAndBesideItOnUnified() {
        CgroupLayout legacy = CgroupLayout.parse(CgroupLayoutTest.LEGACY);
        String own = "4:memory:/mine\n3:cpu,cpuacct:/other/one\n1:name=systemd:/../outside\n0::/u/v\n";
        List<Path> folders =
                GroupFolders.resolve(legacy, new GroupPath.Relative("x"), own).folders();
        assertThat(folders)
                .contains(
                        Path.of("/sys/fs/cgroup/memory/mine/x"),
                        Path.of("/sys/fs/cgroup/cpu,cpuacct/other/one/x"),
                        Path.of("/sys/fs/cgroup/pids/x"),
                        Path.of("/sys/fs/cgroup/systemd/x"));
        CgroupLayout unified = CgroupLayout.parse(CgroupLayoutTest.UNIFIED);
        assertThat(GroupFolders.resolve(unified, new GroupPath.Relative("x"), own)
                        .folders())
                .containsExactly(Path.of("/sys/fs here/cgroup/u/x"));
        assertThat(GroupFolders.resolve(unified, new GroupPath.Relative("x"), "0::/\n")
                        .folders())
                .containsExactly(Path.of("/sys/fs here/cgroup/x"));
        CgroupLayout hybrid = CgroupLayout.parse(CgroupLayoutTest.HYBRID);
        assertThat(GroupFolders.resolve(hybrid, new GroupPath.Relative("x"), own)
                        .unified())
                .contains(Path.of("/sys/fs/cgroup/unified/u/v/x"));
    }

    @Test
    void keptFoldersFindTheirHierarchies() {
        CgroupLayout hybrid = CgroupLayout.parse(CgroupLayoutTest.HYBRID);
        GroupFolders folders = GroupFolders.resolve(hybrid, new GroupPath.Absolute("x/y"), "");
        assertThat(GroupFolders.of(hybrid, folders.folders())).isEqualTo(folders);
        assertThatThrownBy(() -> GroupFolders.of(hybrid, List.of(Path.of("/tmp/x"))))
                .hasMessageContaining("/tmp/x lies in no hierarchy");
    }

    @Test
    void delegatedFilesAreTheKernels() {
        assertThat(Delegation.files(Path.of("/g"), "cgroup.procs\nmemory.oom.group\n../x\n"))
                .containsExactly(Path.of("/g"), Path.of("/g/cgroup.procs"), Path.of("/g/memory.oom.group"));
    }
}
