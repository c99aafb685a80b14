package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.berth.base.Instance;
import org.berth.engine.BusyboxCondition.NeedsBusybox;
import org.berth.image.Image;
import org.berth.image.Reference;
import org.berth.image.layer.TarEntry;
import org.berth.image.layer.TarEntry.Kind;
import org.berth.image.layer.TarReader;
import org.berth.image.layer.TarWriter;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Files into and out of containers, and layers made of what they changed. */
@KernelTest
@NeedsBusybox
class CopyKernelTest {
    private static byte[] tar(TarEntry entry, String content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarWriter tar = new TarWriter(bytes)) {
            tar.put(entry);
            byte[] text = content.getBytes(StandardCharsets.UTF_8);
            tar.write(text, 0, text.length);
        }
        return bytes.toByteArray();
    }

    private static TarEntry file(String name, String content) {
        return new TarEntry(name, Kind.FILE, 0640, 5, 6, content.length(), Instant.EPOCH, "", 0, 0, new TreeMap<>());
    }

    private static List<String> names(byte[] tar) throws IOException {
        List<String> names = new ArrayList<>();
        TarReader reader = new TarReader(new ByteArrayInputStream(tar));
        for (Optional<TarEntry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
            names.add(entry.get().name());
        }
        return names;
    }

    @Test
    void intoAndOutOfOneThatRestsAndOneThatRuns(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            String id = node.containers()
                    .create(Samples.shell("stat -c '%u %g %a' /srv/new/file; cat /srv/new/file; sleep 1000")
                            .build())
                    .id();
            node.containers().copyIn(id, "/srv", new ByteArrayInputStream(tar(file("new/file", "text\n"), "text\n")));
            node.containers().start(id);
            TestNode.eventually("printed", () -> node.logs(id).contains("text"));
            assertThat(node.logs(id)).isEqualTo("5 6 640\ntext\n");
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            node.containers().copyOut(id, "/srv", out);
            assertThat(names(out.toByteArray()))
                    .containsExactlyInAnyOrder("srv/", "srv/www/", "srv/www/index", "srv/new/", "srv/new/file");
            node.containers().copyIn(id, "/tmp", new ByteArrayInputStream(tar(file("late", "x"), "x")));
            ByteArrayOutputStream late = new ByteArrayOutputStream();
            node.containers().copyOut(id, "/tmp/late", late);
            assertThat(names(late.toByteArray())).containsExactly("late");
            assertThatThrownBy(() -> node.containers().copyOut(id, "/none", new ByteArrayOutputStream()))
                    .hasMessageContaining("Could not find the file /none");
        }
    }

    /** Names with "..", and links that the container made to lead out, end inside its root. */
    @Test
    void nothingLeavesTheRoot(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Path outside = Files.createDirectories(instance.root().resolve("outside"));
            String id = node.start(Samples.shell("ln -s " + outside + " /tmp/link; ln -s /../../../../.. /tmp/up"));
            node.end(id);
            node.containers().copyIn(id, "/tmp", new ByteArrayInputStream(tar(file("../../../escaped", "x"), "x")));
            assertThatThrownBy(() -> node.containers()
                            .copyIn(id, "/tmp/link", new ByteArrayInputStream(tar(file("f", "x"), "x"))))
                    .hasMessageContaining("Could not find");
            node.containers().copyIn(id, "/tmp/up", new ByteArrayInputStream(tar(file("top", "x"), "x")));
            try (var files = Files.list(outside)) {
                assertThat(files).isEmpty();
            }
            assertThat(Path.of("/top")).doesNotExist();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            node.containers().copyOut(id, "/tmp", out);
            assertThat(names(out.toByteArray())).contains("tmp/escaped");
        }
    }

    /** What the engine mounted and what it made to mount on is in no layer. */
    @Test
    void aLayerOfWhatChanged(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request = Samples.shell("echo new > /etc/made; rm /etc/plain");
            request.mounts = List.of(new ContainerRequest.Mount.Volume("data", "/srv/www", false));
            String id = node.start(request);
            node.end(id);
            String layer = node.containers().commitLayer(id);
            Image tiny = node.engine.images().find("tiny").orElseThrow();
            node.engine
                    .images()
                    .create(
                            tiny.config(),
                            List.of(tiny.layers().getFirst(), layer),
                            List.of("base", "change"),
                            Optional.of(Reference.parse("changed")));
            Samples look = Samples.shell("cat /etc/made; ls /etc; ls /srv/www");
            look.image = "changed";
            String second = node.containers().create(look.build()).id();
            ByteArrayOutputStream etc = new ByteArrayOutputStream();
            node.containers().copyOut(second, "/etc", etc);
            assertThat(names(etc.toByteArray()))
                    .containsExactlyInAnyOrder("etc/", "etc/group", "etc/made", "etc/passwd");
            node.containers().start(second);
            node.end(second);
            assertThat(node.logs(second)).startsWith("new\n").endsWith("index\n");
        }
    }

    @Test
    void aProgramOnAPlainFolder(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Path root = Files.createDirectories(instance.root().resolve("plain"));
            Files.createDirectories(root.resolve("bin"));
            Files.copy(TestNode.BUSYBOX, root.resolve("bin/busybox"));
            List<String> lines = new ArrayList<>();
            int code = node.runner()
                    .run(
                            root,
                            List.of("/bin/busybox", "sh", "-c", "echo one; printf two >&2; echo x > /made; exit 5"),
                            List.of("A=b"),
                            lines::add);
            assertThat(code).isEqualTo(5);
            assertThat(lines).containsExactlyInAnyOrder("one", "two");
            assertThat(root.resolve("made")).hasContent("x\n");
        }
    }
}
