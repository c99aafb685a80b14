package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.berth.linux.user.UserRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which ids are free, and where containers can have their own, from files of a machine. */
class UsedIdsTest {
    @Test
    void idsOfOthersAreNotFree(@TempDir Path root) throws IOException {
        Files.createDirectories(root.resolve("etc"));
        Files.writeString(root.resolve("etc/subuid"), "ann:536870912:65536\nbroken\nbob:x:1\n");
        Files.createDirectories(root.resolve("proc/1"));
        Files.writeString(root.resolve("proc/1/uid_map"), "         0          0 4294967295\n");
        Files.createDirectories(root.resolve("proc/20"));
        Files.writeString(root.resolve("proc/20/uid_map"), "         0  537067520      65536\n");
        UsedIds used = new UsedIds(root);
        assertThat(used.isFree(new UserRange(536_870_912))).isFalse();
        assertThat(used.isFree(new UserRange(536_936_448))).isTrue();
        assertThat(used.isFree(new UserRange(537_001_985))).isFalse();
        assertThat(used.isFree(new UserRange(537_133_056))).isTrue();
    }

    @Test
    void aMachineWithNothingToReadHasAllFree(@TempDir Path root) {
        assertThat(new UsedIds(root).isFree(new UserRange(536_870_912))).isTrue();
    }

    @Test
    void aCoveredProcIsSaid() {
        String harmless = "30 25 0:27 / /proc/sys/fs/binfmt_misc rw,relatime shared:14 - autofs systemd-1 rw";
        String proc = "25 1 0:22 / /proc rw,nosuid shared:13 - proc proc rw";
        String covered = "99 25 0:44 /null /proc/kcore rw - tmpfs tmpfs rw";
        assertThat(HostSupport.hidden(List.of(proc, harmless))).isEmpty();
        assertThat(HostSupport.hidden(List.of(proc, covered))).contains("/proc/kcore");
    }
}
