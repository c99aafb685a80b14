package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
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

    /** What systemd and SSSD give out (UIDS-GIDS.md, sssd-ldap(5)) can't be looked up in a file. */
    @Test
    void thePoolIsBesideTheIdsOfOthers() {
        long directories = 2_000_200_000;
        long systemdContainers = 0x6fff_ffffL;
        long systemdForeign = 0x7ffe_0000L;
        assertThat(UserRanges.POOL_START).isGreaterThan(Math.max(directories, systemdContainers));
        assertThat(UserRanges.POOL_END).isLessThanOrEqualTo(systemdForeign);
        assertThat((UserRanges.POOL_END - UserRanges.POOL_START) % UserRange.COUNT)
                .isZero();
    }

    @Test
    void aMachineWithNothingToReadHasAllFree(@TempDir Path root) {
        assertThat(new UsedIds(root).isFree(new UserRange(536_870_912))).isTrue();
    }

    /** Seen failing: nothing could be created, in place of containers with the machine's ids. */
    @Test
    void noUserNamespaceIsAReasonHoweverItIsRefused() {
        Path folder = Path.of("/");
        assertThat(HostSupport.lacks(
                        () -> {
                            throw new UncheckedIOException("write uid_map: not permitted", new IOException());
                        },
                        folder))
                .contains("write uid_map: not permitted");
        assertThat(HostSupport.lacks(
                        () -> {
                            throw new BerthException(ErrorCode.TIMEOUT, "not done within 10 s");
                        },
                        folder))
                .contains("not done within 10 s");
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
