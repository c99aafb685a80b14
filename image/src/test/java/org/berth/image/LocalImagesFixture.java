package org.berth.image;

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
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.layer.TarEntry;
import org.berth.image.layer.TarWriter;
import org.berth.image.registry.RegistrySettings;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.MergedRoot;

/** A store for tests, and what they put into it. */
final class LocalImagesFixture {
    static final Instant MADE = Instant.parse("2026-01-02T03:04:05Z");
    static final Reference APP = Reference.parse("app:1");

    private LocalImagesFixture() {}

    static LocalImages open(Instance instance) {
        return new LocalImages(instance, noBootstrap(), RegistrySettings.fromEnvironment(Map.of()), () -> MADE);
    }

    static Bootstrap noBootstrap() {
        return new Bootstrap() {
            @Override
            public boolean supports(Reference reference) {
                return false;
            }

            @Override
            public void bootstrap(Reference reference, Path emptyFolder, Progress progress) {
                throw new AssertionError("not to be called");
            }
        };
    }

    static InRoot mount(Images.Snapshot snapshot) {
        return MergedRoot.mount(
                snapshot.lower(), Optional.of(new MergedRoot.Changes(snapshot.upper(), snapshot.work())));
    }

    static ImageConfig labelled(String label) {
        return new ImageConfig(
                "amd64", MADE, List.of(), List.of(), List.of(), "", "", Set.of(), Set.of(), Map.of(label, "1"), "");
    }

    static ImageConfig config(String command) {
        return new ImageConfig(
                "amd64",
                MADE,
                List.of("A=b"),
                List.of("/init"),
                List.of(command),
                "1:2",
                "/srv",
                Set.of("80/tcp"),
                Set.of("/data"),
                Map.of("l", "v"),
                "SIGINT");
    }

    record Entry(String path, String content, int mode, long uid, long gid) {}

    /** A tar of path and content pairs; a path that ends in a slash is a folder. */
    static ByteArrayInputStream tar(String... pathsAndContents) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < pathsAndContents.length; i += 2) {
            String path = pathsAndContents[i];
            entries.add(new Entry(path, pathsAndContents[i + 1], path.endsWith("/") ? 0755 : 0644, 0, 0));
        }
        return tar(entries.toArray(Entry[]::new));
    }

    static ByteArrayInputStream tar(Entry... entries) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarWriter tar = new TarWriter(out)) {
            for (Entry entry : entries) {
                byte[] content = entry.content.getBytes(StandardCharsets.UTF_8);
                tar.put(new TarEntry(
                        entry.path,
                        entry.path.endsWith("/") ? TarEntry.Kind.FOLDER : TarEntry.Kind.FILE,
                        entry.mode,
                        entry.uid,
                        entry.gid,
                        content.length,
                        MADE,
                        "",
                        0,
                        0,
                        Collections.emptySortedMap()));
                tar.write(content, 0, content.length);
            }
        }
        return new ByteArrayInputStream(out.toByteArray());
    }

    static List<String> layerFolders(Instance instance) throws IOException {
        return names(instance.root().resolve("layers"));
    }

    static List<String> blobs(Instance instance) throws IOException {
        return names(instance.root().resolve("images/blobs/sha256"));
    }

    static List<String> names(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(path -> String.valueOf(path.getFileName())).toList();
        }
    }

    static void assertCode(ErrorCode code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
