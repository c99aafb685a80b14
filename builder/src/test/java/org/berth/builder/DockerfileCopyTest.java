package org.berth.builder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.Bootstrap;
import org.berth.image.Image;
import org.berth.image.Images;
import org.berth.image.LocalImages;
import org.berth.image.Reference;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;
import org.berth.linux.path.MergedRoot;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Builds that copy and configure but run nothing, on the real image store. */
@KernelTest
class DockerfileCopyTest {
    @Test
    void copiesFilesFoldersAndPatterns(Instance instance) throws IOException {
        Path context = context(instance);
        write(context.resolve("app/main.py"), "main");
        write(context.resolve("app/lib/one.py"), "one");
        write(context.resolve("app/secret/key"), "key");
        write(context.resolve("a.txt"), "a");
        write(context.resolve("b.txt"), "b");
        Files.setPosixFilePermissions(context.resolve("a.txt"), PosixFilePermissions.fromString("rwx--x---"));
        Files.createSymbolicLink(context.resolve("app/link"), Path.of("/etc/shadow"));
        write(context.resolve(".dockerignore"), "app/secret\n");
        write(context.resolve("Dockerfile"), """
                FROM scratch
                WORKDIR /srv
                COPY app .
                COPY --chown=7:8 *.txt texts/
                COPY a.txt /etc/renamed
                """);
        with(instance, context, (builder, images) -> {
            Image image = builder.build(request(context), Progress.SILENT);
            root(images, image, root -> {
                assertThat(root.readText("/srv/lib/one.py", 100)).contains("one");
                assertThat(root.readLink("/srv/link")).isEqualTo("/etc/shadow");
                assertThat(root.find("/srv/secret", LastLink.KEEP)).isEmpty();
                assertThat(root.status("/srv/texts/a.txt", LastLink.KEEP))
                        .returns(7L, FileStatus::uid)
                        .returns(8L, FileStatus::gid)
                        .returns(0710, FileStatus::mode);
                assertThat(root.status("/etc/renamed", LastLink.KEEP)).returns(0L, FileStatus::uid);
                assertThat(root.status("/srv", LastLink.KEEP)).returns(0755, FileStatus::mode);
            });
            assertThat(image.config().workingDirectory()).isEqualTo("/srv");
            assertThat(image.names()).extracting(Reference::familiar).containsExactly("built:latest");
        });
    }

    @Test
    void stagesGiveFilesWithTheirOwners(Instance instance) throws IOException {
        Path context = context(instance);
        write(context.resolve("file"), "content");
        write(context.resolve("Dockerfile"), """
                ARG BASE=scratch
                FROM $BASE AS first
                COPY --chown=5:6 file /one/
                FROM scratch AS unused
                COPY missing /
                FROM first AS middle
                ENV SHOWN=yes
                FROM middle
                COPY --from=first /one/file /two
                COPY --from=0 /one /three
                """);
        with(instance, context, (builder, images) -> {
            List<String> said = new ArrayList<>();
            Image image = builder.build(request(context), step -> said.add(step.id() + " " + step.status()));
            root(images, image, root -> {
                assertThat(root.status("/two", LastLink.KEEP)).returns(5L, FileStatus::uid);
                assertThat(root.readText("/three/file", 100)).contains("content");
            });
            assertThat(image.config().environment()).contains("SHOWN=yes");
            assertThat(said)
                    .contains("first 2/2 COPY --chown=5:6 file /one/")
                    .noneMatch(line -> line.contains("missing"));
        });
    }

    @Test
    void secondBuildIsTheSameImageAndChangesRedoWhatFollows(Instance instance) throws IOException {
        Path context = context(instance);
        write(context.resolve("one"), "1");
        write(context.resolve("two"), "2");
        write(context.resolve("Dockerfile"), "FROM scratch\nCOPY one /\nCOPY two /\nCMD [\"/one\"]\n");
        with(instance, context, (builder, images) -> {
            Image first = builder.build(request(context), Progress.SILENT);
            List<String> said = new ArrayList<>();
            assertThat(builder.build(request(context), step -> said.add(step.status()))
                            .id())
                    .isEqualTo(first.id());
            assertThat(said).contains("COPY one / (cached)", "COPY two / (cached)");

            write(context.resolve("two"), "changed");
            said.clear();
            Image second = builder.build(request(context), step -> said.add(step.status()));
            assertThat(said).contains("COPY one / (cached)", "COPY two /");
            assertThat(second.layers().getFirst()).isEqualTo(first.layers().getFirst());
            assertThat(second.id()).isNotEqualTo(first.id());
            assertThat(images.find("built").map(Image::id)).contains(second.id());
        });
    }

    @Test
    void modeOfAFileIsPartOfWhatIsCopied(Instance instance) throws IOException {
        Path context = context(instance);
        write(context.resolve("one"), "1");
        write(context.resolve("Dockerfile"), "FROM scratch\nCOPY one /\n");
        with(instance, context, (builder, images) -> {
            Image first = builder.build(request(context), Progress.SILENT);
            Files.setPosixFilePermissions(context.resolve("one"), PosixFilePermissions.fromString("rwxrwxrwx"));
            assertThat(builder.build(request(context), Progress.SILENT).layers())
                    .isNotEqualTo(first.layers());
        });
    }

    @Test
    void linksOfTheFolderDoNotLeaveIt(Instance instance) throws IOException {
        Path context = context(instance);
        Path outside = instance.root().resolveSibling("outside");
        write(outside.resolve("secret"), "secret");
        Files.createSymbolicLink(context.resolve("escape"), outside);
        Files.createSymbolicLink(context.resolve("upwards"), Path.of("../outside/secret"));
        write(context.resolve("Dockerfile"), "ARG SOURCE\nFROM scratch\nARG SOURCE\nCOPY $SOURCE /x/\n");
        with(instance, context, (builder, images) -> {
            for (String source : List.of("escape", "escape/secret", "upwards", "../outside/secret", "/../outside")) {
                BuildRequest request = new BuildRequest(
                        context, Optional.empty(), Optional.empty(), Map.of("SOURCE", source), List.of(), false, true);
                assertThatThrownBy(() -> builder.build(request, Progress.SILENT))
                        .as(source)
                        .isInstanceOf(BerthException.class)
                        .hasMessageContaining("Dockerfile:4: ");
            }
        });
    }

    @Test
    void configurationIsThatOfTheInstructions(Instance instance) throws IOException {
        Path context = context(instance);
        write(context.resolve("Dockerfile"), """
                FROM scratch
                ARG PORT=8000
                ENV PORT=$PORT NAME="a b" PATH=/opt/bin:$PATH
                LABEL version=$PORT
                WORKDIR /a
                WORKDIR b/../c
                USER www:staff
                EXPOSE $PORT 53/udp 9000-9001
                VOLUME /data/
                CMD ["dropped"]
                ENTRYPOINT ["/start"]
                CMD ["arg"]
                """);
        with(instance, context, (builder, images) -> {
            BuildRequest request = new BuildRequest(
                    context,
                    Optional.empty(),
                    Optional.empty(),
                    Map.of("PORT", "81"),
                    List.of("x:y", "z"),
                    false,
                    true);
            Image image = builder.build(request, Progress.SILENT);
            assertThat(image.config().environment())
                    .contains("PORT=81", "NAME=a b")
                    .anyMatch(line -> line.startsWith("PATH=/opt/bin:/usr/local/sbin:"));
            assertThat(image.config().labels()).containsExactly(Map.entry("version", "81"));
            assertThat(image.config().workingDirectory()).isEqualTo("/a/c");
            assertThat(image.config().user()).isEqualTo("www:staff");
            assertThat(image.config().exposedPorts())
                    .containsExactlyInAnyOrder("81/tcp", "53/udp", "9000/tcp", "9001/tcp");
            assertThat(image.config().volumes()).containsExactly("/data");
            assertThat(image.config().entrypoint()).containsExactly("/start");
            assertThat(image.config().command()).containsExactly("arg");
            assertThat(image.names()).extracting(Reference::familiar).containsExactlyInAnyOrder("x:y", "z:latest");
        });
    }

    @Test
    void wrongInstructionsAreNamedWithTheirLine(Instance instance) throws IOException {
        Path context = context(instance);
        write(context.resolve("archive.tar.gz"), "\u001f\u008b");
        Files.write(context.resolve("archive.tar.gz"), new byte[] {0x1f, (byte) 0x8b, 8});
        Map<String, String> faults = Map.of(
                "COPY none /", "Dockerfile:2: 'none' is not there",
                "COPY Dockerfile archive.tar.gz /to", "Dockerfile:2: the target '/to' must end with /",
                "ADD git@example.org:x/y.git /", "Dockerfile:2: repository git@example.org:x/y.git: ssh",
                "WORKDIR /proc/self/fd/7", "Dockerfile:2: WORKDIR /proc/self/fd/7",
                "VOLUME /proc", "Dockerfile:2: VOLUME /proc",
                "EXPOSE 70000", "Dockerfile:2: EXPOSE 70000",
                "RUN true", "Dockerfile:2: RUN true: FROM scratch has no program",
                "COPY --from=later / /", "Dockerfile:2: ",
                "COPY --chown=nobody Dockerfile /", "Dockerfile:2: user 'nobody'");
        with(instance, context, (builder, images) -> {
            for (Map.Entry<String, String> fault : faults.entrySet()) {
                write(
                        context.resolve("Dockerfile"),
                        "FROM scratch\n" + fault.getKey() + "\nFROM scratch AS later\nFROM 0\n");
                BuildRequest request =
                        new BuildRequest(context, Optional.empty(), Optional.of("0"), Map.of(), List.of(), false, true);
                assertThatThrownBy(() -> builder.build(request, Progress.SILENT))
                        .as(fault.getKey())
                        .isInstanceOf(BerthException.class)
                        .hasMessageStartingWith(fault.getValue());
            }
        });
    }

    @Test
    void folderThatShowsNothingToBuildSaysWhatWasExpected(Instance instance) throws IOException {
        Path context = context(instance);
        with(
                instance,
                context,
                (builder, images) -> assertThatThrownBy(() -> builder.build(request(context), Progress.SILENT))
                        .hasMessageContaining("nothing says what to build"));
    }

    private interface Use {
        void use(Builder builder, Images images) throws IOException;
    }

    private static void with(Instance instance, Path context, Use use) throws IOException {
        assertThat(context).isDirectory();
        Bootstrap none = new Bootstrap() {
            @Override
            public boolean supports(Reference reference) {
                return false;
            }

            @Override
            public void bootstrap(Reference reference, Path folder, Progress progress) {
                throw new AssertionError("nothing is bootstrapped here");
            }
        };
        try (LocalImages images = new LocalImages(instance, none)) {
            use.use(new Builder(instance, new ImagesOnlyEngine(images), Map.of()), images);
        }
    }

    private static void root(Images images, Image image, Consumer<InRoot> use) {
        Images.Snapshot snapshot = images.prepare("look", image.layers());
        try (InRoot root = MergedRoot.mount(snapshot.lower(), Optional.empty())) {
            use.accept(root);
        } finally {
            images.release("look");
        }
    }

    private static BuildRequest request(Path context) {
        return new BuildRequest(context, Optional.empty(), Optional.empty(), Map.of(), List.of("built"), false, true);
    }

    private static Path context(Instance instance) throws IOException {
        return Files.createDirectories(instance.root().resolveSibling("context"));
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, text);
    }
}
