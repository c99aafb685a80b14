package org.berth.engine;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.engine.Containers.Frame;
import org.berth.engine.Containers.LogQuery;
import org.berth.engine.Containers.Streams;
import org.berth.engine.Containers.WaitCondition;
import org.berth.image.Bootstrap;
import org.berth.image.ImageConfig;
import org.berth.image.LocalImages;
import org.berth.image.Reference;
import org.berth.image.layer.TarEntry;
import org.berth.image.layer.TarEntry.Kind;
import org.berth.image.layer.TarWriter;
import org.berth.linux.user.UserNamespaces;
import org.berth.network.LocalNetworks;
import org.berth.runtime.ExitStatus;
import org.berth.runtime.LinuxRuntime;
import org.berth.runtime.Runtimes;

/** An engine on the real kernel, with an image made of the host's static busybox. */
final class TestNode implements AutoCloseable {
    static final Path BUSYBOX = Path.of("/bin/busybox");
    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final List<String> APPLETS = List.of(
            "sh",
            "cat",
            "echo",
            "ls",
            "id",
            "sleep",
            "true",
            "false",
            "env",
            "pwd",
            "stat",
            "head",
            "yes",
            "tty",
            "stty",
            "hostname",
            "ip",
            "kill",
            "touch",
            "rm",
            "mkdir",
            "dd",
            "nc",
            "wget",
            "test",
            "seq",
            "ln",
            "trap",
            "awk",
            "chmod",
            "cp",
            "cut",
            "df",
            "grep",
            "mknod",
            "readlink",
            "tail",
            "tr",
            "wc");

    private final Instance instance;
    private final Runtimes runtime;
    private final LocalImages images;
    final LocalEngine engine;

    TestNode(Instance instance) {
        this.instance = instance;
        UserNamespaces users = new UserNamespaces(instance);
        runtime = new Runtimes(instance, new LinuxRuntime(instance, users));
        images = new LocalImages(instance, new NoBootstrap());
        engine = new LocalEngine(
                instance, runtime, images, new LocalNetworks(instance), users, Clock.systemUTC(), new Random());
        engine.restore();
    }

    ContainerRootRunner runner() {
        return new ContainerRootRunner(instance, runtime, new Random());
    }

    Containers containers() {
        return engine.containers();
    }

    /** Stores the image "tiny". */
    TestNode withTiny() {
        return withImage("tiny", Samples.config(List.of(), List.of(), List.of("/bin/sh")));
    }

    TestNode withImage(String name, ImageConfig config) {
        String layer = images.addLayer(new ByteArrayInputStream(tinyRoot()), Progress.SILENT);
        images.create(config, List.of(layer), List.of("tiny"), Optional.of(Reference.parse(name)));
        return this;
    }

    /** Stores the image "tiny" as so many layers: each but the lowest brings a file and changes another. */
    TestNode withTinyOf(int count) {
        List<String> layers = new ArrayList<>();
        layers.add(images.addLayer(new ByteArrayInputStream(tinyRoot()), Progress.SILENT));
        for (int i = 1; i < count; i++) {
            layers.add(images.addLayer(new ByteArrayInputStream(numbered(i)), Progress.SILENT));
        }
        images.create(
                Samples.config(List.of(), List.of(), List.of("/bin/sh")),
                layers,
                layers,
                Optional.of(Reference.parse("tiny")));
        return this;
    }

    private static byte[] numbered(int number) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] content = (number + "\n").getBytes(StandardCharsets.UTF_8);
        try (TarWriter tar = new TarWriter(bytes)) {
            put(tar, "layers/", Kind.FOLDER, 0755, 0, "", new byte[0]);
            put(tar, "layers/" + number, Kind.FILE, 0644, 0, "", content);
            put(tar, "top", Kind.FILE, 0644, 0, "", content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Creates and starts it. @return its id */
    String start(Samples request) {
        String id = containers().create(request.build()).id();
        containers().start(id);
        return id;
    }

    /** Runs it to its end. */
    ExitStatus run(Samples request) {
        return end(start(request));
    }

    ExitStatus end(String id) {
        return containers()
                .await(id, WaitCondition.NOT_RUNNING)
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    /** Runs it and gives what it printed. */
    String output(Samples request) {
        String id = start(request);
        end(id);
        return logs(id);
    }

    String logs(String id) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        containers()
                .logs(
                        id,
                        new LogQuery(true, true, false, Optional.empty(), Optional.empty(), Optional.empty()),
                        frame -> {
                            text.writeBytes(frame.bytes());
                            return true;
                        });
        return text.toString(StandardCharsets.UTF_8);
    }

    static String readAll(Streams streams) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (Optional<Frame> frame = streams.next(); frame.isPresent(); frame = streams.next()) {
            text.writeBytes(frame.get().bytes());
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    /** Reads until the text is there. */
    static String readUntil(Streams streams, String wanted) {
        StringBuilder text = new StringBuilder();
        while (text.indexOf(wanted) < 0) {
            Frame frame = streams.next().orElseThrow(() -> new AssertionError("ended after: " + text));
            text.append(new String(frame.bytes(), StandardCharsets.UTF_8));
        }
        return text.toString();
    }

    /** Waits until it is so; fails after a while. */
    static void eventually(String what, BooleanSupplier condition) {
        Instant end = Instant.now().plus(PATIENCE);
        while (!condition.getAsBoolean()) {
            if (Instant.now().isAfter(end)) {
                throw new AssertionError("never came true: " + what);
            }
            java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
        }
    }

    /** Lets go as a killed daemon would: what runs goes on. */
    void abandon() {
        engine.close();
        images.close();
        runtime.close();
    }

    /** Takes everything down. */
    @Override
    public void close() {
        for (ContainerState state : containers().list()) {
            containers().remove(state.id(), true, true);
        }
        engine.networks().list().forEach(network -> engine.networks().remove(network.id()));
        abandon();
    }

    private static byte[] tinyRoot() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarWriter tar = new TarWriter(bytes)) {
            for (String folder : List.of("bin", "dev", "etc", "proc", "root", "run", "sys", "srv")) {
                put(tar, folder + "/", Kind.FOLDER, 0755, 0, "", new byte[0]);
            }
            put(tar, "tmp/", Kind.FOLDER, 01777, 0, "", new byte[0]);
            put(tar, "bin/busybox", Kind.FILE, 0755, 0, "", Files.readAllBytes(BUSYBOX));
            for (String applet : APPLETS) {
                put(tar, "bin/" + applet, Kind.SYMBOLIC_LINK, 0777, 0, "busybox", new byte[0]);
            }
            put(tar, "etc/passwd", Kind.FILE, 0644, 0, "", """
                    root:x:0:0:root:/root:/bin/sh
                    web:x:33:33:web:/srv/www:/bin/sh
                    """.getBytes(StandardCharsets.UTF_8));
            put(tar, "etc/group", Kind.FILE, 0644, 0, "", """
                    root:x:0:
                    web:x:33:
                    extra:x:44:web
                    """.getBytes(StandardCharsets.UTF_8));
            put(tar, "etc/plain", Kind.FILE, 0644, 0, "", "not a program\n".getBytes(StandardCharsets.UTF_8));
            put(tar, "srv/www/", Kind.FOLDER, 0750, 33, "", new byte[0]);
            put(tar, "srv/www/index", Kind.FILE, 0640, 33, "", "hello\n".getBytes(StandardCharsets.UTF_8));
            put(tar, "evil", Kind.SYMBOLIC_LINK, 0777, 0, "/proc/sys", new byte[0]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void put(TarWriter tar, String name, Kind kind, int mode, long owner, String link, byte[] content)
            throws IOException {
        tar.put(new TarEntry(
                name, kind, mode, owner, owner, content.length, Instant.EPOCH, link, 0, 0, new TreeMap<>(Map.of())));
        tar.write(content, 0, content.length);
    }

    private static final class NoBootstrap implements Bootstrap {
        @Override
        public boolean supports(Reference reference) {
            return false;
        }

        @Override
        public void bootstrap(Reference reference, Path emptyFolder, Progress progress) {
            throw new BerthException(ErrorCode.UNSUPPORTED, "no bootstrap in this test");
        }
    }
}
