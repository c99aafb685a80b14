package org.berth.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.berth.base.Instance;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.user.UserRange;
import org.berth.runtime.ContainerRuntime.StartedProcess;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.testing.KernelTest;
import org.berth.testing.NeedsKernel;
import org.junit.jupiter.api.Test;

/** Goal: a container's root is nobody outside. Method: containers with a range of ids, looked at from both sides. */
@KernelTest
@NeedsKernel(major = 6, minor = 15)
class UserNamespaceKernelTest {
    private static final UserRange RANGE = new UserRange(0x2345_0000L);

    @Test
    void rootInsideIsNotRootOutside(Instance instance) throws IOException {
        try (Box box = new Box(instance).users(RANGE)) {
            StartedProcess process = box.start("echo ready; sleep 1000");
            box.awaitOutput("ready");
            String status = Files.readString(Path.of("/proc/" + process.pid() + "/status"));
            String first = Long.toString(RANGE.first());
            assertThat(status).contains("Uid:\t" + String.join("\t", List.of(first, first, first, first)));
            assertThat(status).contains("Gid:\t" + String.join("\t", List.of(first, first, first, first)));
            assertThat(box.exec("id -u; id -g; stat -c %u:%g / /dev/shm /dev/mqueue /dev /dev/null /usr/bin/sh")
                            .code())
                    .isZero();
            assertThat(box.execOutput()).isEqualTo("0\n0\n" + "0:0\n".repeat(6));
            assertThat(Box.text(box.execLog(), 2)).isEmpty();
        }
    }

    @Test
    void whatItMakesBelongsToTheRangeOnTheDisk(Instance instance) throws IOException {
        try (Box box = new Box(instance).users(RANGE)) {
            assertThat(box.run(
                                    "touch /made && mkdir /folder && chown 12:34 /folder && chmod 600 /usr/bin/true && stat -c %u:%g /made /folder /usr/bin/true")
                            .code())
                    .as(box.errors())
                    .isZero();
            assertThat(box.output()).isEqualTo("0:0\n12:34\n0:0\n");
            assertThat(owner(box.upper().resolve("made"))).isEqualTo(RANGE.first());
            assertThat(owner(box.upper().resolve("folder"))).isEqualTo(RANGE.first() + 12);
            assertThat(owner(box.upper().resolve("usr/bin/true"))).isEqualTo(RANGE.first());
        }
    }

    @Test
    void aVolumeKeepsTheContainersIdsOnTheDisk(Instance instance) throws IOException {
        Path volume = Files.createDirectories(instance.root().resolve("volume"));
        try (Box box = new Box(instance).users(RANGE).mounts(new MountSpec.Bind(volume, "/var/lib/data", false))) {
            assertThat(box.run("stat -c %u /var/lib/data; chown 999:999 /var/lib/data && touch /var/lib/data/file")
                            .code())
                    .as(box.errors())
                    .isZero();
            assertThat(box.output()).isEqualTo("0\n");
            assertThat(owner(volume)).isEqualTo(999);
            assertThat(owner(volume.resolve("file"))).isZero();
        } finally {
            Files.delete(volume.resolve("file"));
            Files.delete(volume);
        }
    }

    @Test
    void anotherUserCanOpenItsStreamsAgain(Instance instance) {
        try (Box box = new Box(instance).users(RANGE).user(new ProcessSpec.User(33, 33, List.of(44L)))) {
            assertThat(box.run("echo out > /dev/stdout; echo err > /dev/stderr; id -u; id -G")
                            .code())
                    .as(box.errors())
                    .isZero();
            assertThat(box.output()).isEqualTo("out\n33\n33 44\n");
            assertThat(box.errors()).isEqualTo("err\n");
        }
    }

    @Test
    void theInitAndATerminal(Instance instance) {
        try (Box box = new Box(instance).users(RANGE).init().terminal()) {
            assertThat(box.run("tty; stat -c %u:%g $(tty); echo again > $(tty); cat /proc/1/comm")
                            .code())
                    .as(box.output())
                    .isZero();
            assertThat(box.output())
                    .contains("/dev/pts/0")
                    .contains("0:5")
                    .contains("again")
                    .contains("init");
        }
    }

    /** A folder of the machine that gets in somehow, with no mapping: the container's root is one of the others there. */
    @Test
    void aLeakedHostFolderIsNotItsOwn(Instance instance) throws IOException {
        Path leaked = Files.createDirectories(instance.root().resolve("leaked"));
        mount("ramfs", leaked); // knows no mappings
        try (Box box = new Box(instance).users(RANGE).mounts(new MountSpec.Bind(leaked, "/leaked", false))) {
            Files.writeString(leaked.resolve("file"), "root's\n");
            Files.setPosixFilePermissions(leaked.resolve("file"), PosixFilePermissions.fromString("rw-------"));
            ExitStatus status =
                    box.run("stat -c %u /leaked/file; cat /leaked/file; echo more >> /leaked/file; touch /leaked/new;"
                            + " chmod 777 /leaked /leaked/file; chown 0 /leaked/file");
            assertThat(status.code()).isNotZero();
            assertThat(box.output()).isEqualTo("65534\n");
            assertThat(box.errors().lines().filter(line -> line.contains("ermi")))
                    .hasSizeGreaterThanOrEqualTo(5);
            assertThat(leaked.resolve("file")).hasContent("root's\n");
            assertThat(leaked.resolve("new")).doesNotExist();
        } finally {
            unmount(leaked);
        }
    }

    /**
     * The kernel maps a folder with all that is mounted below it, or not at all. Seen failing, the container did not start,
     * while only the folder's own file system was asked; and without the program's second way, for a mount that came after.
     */
    @Test
    void aFolderWithAMountBelowThatKnowsNoMappings(Instance instance) throws IOException {
        Path folder = Files.createDirectories(instance.root().resolve("tree"));
        Path below = Files.createDirectories(folder.resolve("below"));
        Files.createFile(folder.resolve("file"));
        String look = "stat -c %u /tree /tree/file /tree/below";
        try (Box box = new Box(instance).users(RANGE).mounts(new MountSpec.Bind(folder, "/tree", true))) {
            assertThat(box.run(look).code()).as(box.errors()).isZero();
            assertThat(box.output()).isEqualTo("0\n0\n0\n");
            mount("ramfs", below);
            try {
                box.runtime.delete(Box.ID);
                assertThat(box.run(look).code()).as(box.errors()).isZero();
                assertThat(box.output()).endsWith("65534\n65534\n65534\n");
                box.restartDaemon(); // which asks anew
                box.runtime.delete(Box.ID);
                assertThat(box.run(look).code()).as(box.errors()).isZero();
            } finally {
                unmount(below);
            }
        }
    }

    /** Its network is its own to rule; the machine's clock and files of the kernel are not. */
    @Test
    void itsRightsEndAtItsNamespaces(Instance instance) {
        try (Box box = new Box(instance)
                .users(RANGE)
                .capabilities(
                        new Capabilities(Set.of("SYS_ADMIN", "NET_ADMIN", "DAC_OVERRIDE", "SYS_PTRACE", "MKNOD")))) {
            box.run("hostname other && hostname; mknod /disk b 8 0; cat /proc/1/maps > /mine && echo maps");
            assertThat(box.output()).contains("other\n").contains("maps");
            assertThat(box.errors()).contains("mknod: /disk: Operation not permitted");
            assertThat(box.upper().resolve("disk")).doesNotExist();
        }
    }

    private static void mount(String type, Path folder) {
        try (Arena arena = Arena.ofConfined()) {
            long name = SystemCalls.text(arena, type).address();
            long path = SystemCalls.text(arena, folder.toString()).address();
            SystemCalls.call("mount " + type, SystemCallNumber.MOUNT, name, path, name, 0, 0);
        }
    }

    private static void unmount(Path folder) {
        try (Arena arena = Arena.ofConfined()) {
            long path = SystemCalls.text(arena, folder.toString()).address();
            SystemCalls.call("unmount", SystemCallNumber.UMOUNT2, path, 2);
        }
    }

    private static long owner(Path file) throws IOException {
        return ((Number) Files.getAttribute(file, "unix:uid")).longValue();
    }
}
