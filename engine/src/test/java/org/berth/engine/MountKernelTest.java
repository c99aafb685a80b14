package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.engine.BusyboxCondition.NeedsBusybox;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.engine.ContainerRequest.Secret;
import org.berth.testing.KernelTest;
import org.berth.testing.Leftovers;
import org.junit.jupiter.api.Test;

/** Volumes, host folders, memory, secrets, and where none of them may be. */
@KernelTest
@NeedsBusybox
class MountKernelTest {
    private static Samples on(Samples request, Mount... mounts) {
        request.mounts = List.of(mounts);
        return request;
    }

    /** A new volume takes content, owner and mode of the image's folder, once. */
    @Test
    void aVolumeIsFilledFromTheImage(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Mount data = new Mount.Volume("data", "/srv/www", false);
            Samples look = on(Samples.shell("stat -c '%u %g %a' /srv/www /srv/www/index; cat /srv/www/index"), data);
            assertThat(node.output(look)).isEqualTo("33 33 750\n33 33 640\nhello\n");
            assertThat(node.output(on(Samples.shell("echo changed > /srv/www/index; rm -f /srv/www/x"), data)))
                    .isEmpty();
            assertThat(node.output(on(Samples.run("cat", "/srv/www/index"), data)))
                    .isEqualTo("changed\n");
            assertThatThrownBy(() -> node.engine.volumes().remove("data", false))
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void aVolumeWithContentKeepsIt(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Path folder = node.engine.volumes().create("data", Map.of("a", "b")).folder();
            Files.writeString(folder.resolve("own"), "");
            Samples look = on(Samples.run("ls", "/srv/www"), new Mount.Volume("data", "/srv/www", false));
            assertThat(node.output(look)).isEqualTo("own\n");
        }
    }

    @Test
    void anonymousVolumesGoWithTheirContainer(Instance instance) {
        try (TestNode node = new TestNode(instance)
                .withImage("tiny", Samples.config(List.of(), List.of(), List.of(), "", Set.of("/srv/www")))) {
            String id = node.start(Samples.run("cat", "/srv/www/index"));
            node.end(id);
            assertThat(node.logs(id)).isEqualTo("hello\n");
            assertThat(node.engine.volumes().list()).hasSize(1);
            node.containers().remove(id, false, true);
            assertThat(node.engine.volumes().list()).isEmpty();
        }
    }

    @Test
    void hostFoldersReadOnlyOrNot(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Path folder = Files.createDirectories(instance.root().resolve("shared"));
            Files.writeString(folder.resolve("file"), "text\n");
            Samples request = on(
                    Samples.shell("cat /a/file; touch /a/no 2>/dev/null || echo refused; touch /b/yes; cat /etc/one"),
                    new Mount.Bind(folder, "/a", true),
                    new Mount.Bind(folder, "/b", false),
                    new Mount.Bind(folder.resolve("file"), "/etc/one", true));
            assertThat(node.output(request)).isEqualTo("text\nrefused\ntext\n");
            assertThat(folder.resolve("yes")).exists();
            Samples missing = on(Samples.run("true"), new Mount.Bind(folder.resolve("none"), "/a", true));
            assertThatThrownBy(() -> node.start(missing))
                    .hasMessageContaining("does not exist")
                    .hasMessageContaining("none");
        }
    }

    @Test
    void memory(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request = on(Samples.run("cat", "/proc/mounts"), new Mount.Memory("/scratch", "size=1m,mode=0700"));
            assertThat(node.output(request).lines())
                    .anyMatch(line -> line.startsWith("tmpfs /scratch tmpfs") && line.contains("size=1024k"));
        }
    }

    @Test
    void secrets(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Files.createDirectories(instance.root());
            Path source = Files.writeString(instance.root().resolve("password"), "s3cret");
            Samples request = Samples.shell("cat /run/secrets/password; stat -c ' %u %g %a' /run/secrets/password;"
                    + " touch /run/secrets/x 2>/dev/null || echo refused");
            request.secrets = List.of(new Secret("password", source, 33, 44, 0440));
            String id = node.start(request);
            node.end(id);
            assertThat(node.logs(id)).isEqualTo("s3cret 33 44 440\nrefused\n");
            assertThat(instance.run().resolve("secrets").resolve(id)).doesNotExist();
            Samples wrong = Samples.run("true");
            wrong.secrets = List.of(new Secret("../etc/x", source, 0, 0, 0400));
            assertThatThrownBy(() -> node.start(wrong)).hasMessageContaining("invalid secret name");
            assertThat(Leftovers.whileOpen(instance)).isEmpty();
        }
    }

    /** Mounts at /proc or /sys would fake what isolation is read from: also through links of the image. */
    @Test
    void cve201916884NothingIsMountedOverProc(Instance instance) {
        try (TestNode node = new TestNode(instance).withTiny()) {
            for (String target : List.of("/proc", "/proc/self/attr", "/sys/kernel", "/tmp/../proc", "/")) {
                Samples request = on(Samples.run("true"), new Mount.Memory(target, ""));
                assertThatThrownBy(() -> node.containers().create(request.build()))
                        .isInstanceOf(BerthException.class)
                        .hasMessageContaining("invalid mount target");
            }
            // in the image /evil leads to /proc/sys, which is not there before /proc is mounted
            Samples linked = on(Samples.run("true"), new Mount.Volume("", "/evil", false));
            assertThatThrownBy(() -> node.start(linked)).hasMessageContaining("at or below /proc");
            Samples below = on(Samples.run("true"), new Mount.Volume("", "/evil/kernel", false));
            assertThatThrownBy(() -> node.start(below)).hasMessageContaining("at or below /proc");
        }
        try (TestNode node = new TestNode(instance)
                .withImage("other", Samples.config(List.of(), List.of(), List.of(), "", Set.of("/proc")))) {
            Samples request = Samples.run("true");
            request.image = "other";
            assertThatThrownBy(() -> node.containers().create(request.build()))
                    .hasMessageContaining("invalid mount target");
        }
    }
}
