package org.berth.image.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.berth.image.registry.Command;
import org.berth.linux.Descriptor;
import org.berth.linux.path.InRoot;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** We and GNU tar make the same folder of the same archive, whoever wrote it. Trees are drawn from the seeds in the tests' names. */
@KernelTest
class GnuTarTest {
    private static final List<String> KEEP_ALL = List.of("--xattrs", "--xattrs-include=*", "--numeric-owner");
    private static final List<String> FORMATS = List.of(
            "--format=posix --xattrs --xattrs-include=*",
            "--format=posix --xattrs --xattrs-include=* --sparse --sparse-version=0.0",
            "--format=posix --xattrs --xattrs-include=* --sparse --sparse-version=0.1",
            "--format=posix --xattrs --xattrs-include=* --sparse --sparse-version=1.0",
            "--format=gnu --sparse",
            "--format=oldgnu --sparse");

    @TempDir
    private Path folder;

    static Stream<Arguments> seedsAndFormats() {
        return FORMATS.stream()
                .flatMap(format -> LongStream.range(0, 4)
                        .mapToObj(i -> Arguments.of(900 + FORMATS.indexOf(format) * 10L + i, format)));
    }

    static LongStream seeds() {
        return LongStream.range(700, 708);
    }

    @BeforeEach
    void needsTar() {
        Command.require("tar");
    }

    /** Names that are no text are beyond the test framework's own clean-up. */
    @AfterEach
    void removeTrees() {
        try (InRoot parent = InRoot.open(folder)) {
            parent.list("/").forEach(entry -> parent.removeAll("/" + entry.name()));
        }
    }

    @ParameterizedTest(name = "seed {0}, {1}")
    @MethodSource("seedsAndFormats")
    void unpacksWhatGnuTarWrote(long seed, String format) throws IOException {
        Path source = tree(seed);
        Path archive = folder.resolve("a.tar");
        tar(Stream.concat(
                        Stream.of(format.split(" ")),
                        Stream.of("--numeric-owner", "-C", source.toString(), "-cf", archive.toString(), "."))
                .toList());

        Path ours = unpack(archive);
        Path theirs = unpackByTar(archive);
        assertThat(Tree.differences(Tree.of(ours), Tree.of(theirs))).isEmpty();
        assertThat(kibibytes(ours)).as("room on disk").isLessThanOrEqualTo(kibibytes(theirs) + 64);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void gnuTarUnpacksWhatWePack(long seed) throws IOException {
        Path source = tree(seed);
        Path archive = folder.resolve("a.tar");
        long ignored = LayerPacker.pack(source, new BufferedOutputStream(Files.newOutputStream(archive)));

        assertThat(Tree.differences(Tree.of(unpackByTar(archive)), Tree.of(source)))
                .isEmpty();
        assertThat(Tree.differences(Tree.of(unpack(archive)), Tree.of(source))).isEmpty();
    }

    @Test
    void rulesThatAFolderHandsDownComeLast() throws IOException {
        Path source = Files.createDirectory(folder.resolve("source"));
        Path inside = Files.createDirectory(source.resolve("d"));
        Files.writeString(inside.resolve("f"), "");
        byte[] rules = HexFormat.of() // version 2; user::rwx, user:1234:rwx, group::rwx, mask::rwx, other::---
                .parseHex("02000000" + "01000700ffffffff" + "02000700d2040000" + "04000700ffffffff" + "10000700ffffffff"
                        + "20000000ffffffff");
        try (FileCalls calls = new FileCalls();
                Descriptor open = calls.open(source)) {
            assertThat(calls.setAttribute(open, "d", Attributes.INHERITED, rules))
                    .isZero();
        }
        Path archive = folder.resolve("a.tar");
        long ignored = LayerPacker.pack(source, new BufferedOutputStream(Files.newOutputStream(archive)));
        assertThat(Tree.differences(Tree.of(unpack(archive)), Tree.of(source))).isEmpty();
    }

    /** A random tree with what an archive's entries alone do not bring: holes, hard links of all kinds, marks on links. */
    private Path tree(long seed) throws IOException {
        Path source = Files.createDirectory(folder.resolve("source"));
        LayerUnpacker.unpack(new ByteArrayInputStream(RandomTar.write(RandomTar.plainItems(seed, 70))), source);
        Random random = new Random(seed);
        try (FileCalls calls = new FileCalls();
                Descriptor root = calls.open(source)) {
            FileStatus before = calls.status(root);
            for (String name : calls.names(root)) {
                int type = calls.status(root, name).orElseThrow().type();
                if (type != FileStatus.FOLDER && random.nextBoolean()) {
                    calls.makeHardLink(root, name, root, "again-" + random.nextInt(10_000));
                }
                if (type != FileStatus.FOLDER && type != FileStatus.REGULAR && random.nextBoolean()) {
                    calls.setAttribute(root, name, "trusted.mark", new byte[] {0, 10, (byte) random.nextInt()});
                }
            }
            for (int i = 0; i < 4; i++) {
                sparse(calls, root, "holes-" + i, random);
            }
            calls.date(root, ".", before.modified());
        }
        return source;
    }

    private static void sparse(FileCalls calls, Descriptor folder, String name, Random random) {
        try (Descriptor file = calls.create(folder, name).orElseThrow()) {
            byte[] content = new byte[4096];
            long end = 0;
            for (int parts = random.nextInt(60); parts > 0; parts--) {
                int length = 1 + random.nextInt(content.length);
                long hole = random.nextInt(40) * 4096L;
                Arrays.fill(content, (byte) random.nextInt());
                calls.skip(file, hole);
                calls.write(file, content, length);
                end += hole + length;
            }
            calls.resize(file, end + random.nextInt(3) * 1_000_000L);
        }
        calls.permit(folder, name, 0644);
    }

    private Path unpack(Path archive) throws IOException {
        Path root = Files.createTempDirectory(folder, "ours-");
        try (InputStream in = new BufferedInputStream(Files.newInputStream(archive))) {
            LayerUnpacker.unpack(in, root);
        }
        return root;
    }

    private Path unpackByTar(Path archive) throws IOException {
        Path root = Files.createTempDirectory(folder, "theirs-");
        List<String> options = new ArrayList<>(KEEP_ALL);
        options.addAll(List.of("-C", root.toString(), "-xpf", archive.toString()));
        tar(options);
        return root;
    }

    private static void tar(List<String> options) throws IOException {
        List<String> command = new ArrayList<>(List.of("tar"));
        command.addAll(options);
        String ignored = Command.run(command.toArray(String[]::new));
    }

    private static long kibibytes(Path root) throws IOException {
        String said = Command.run("du", "-sk", root.toString());
        return Long.parseLong(said.substring(0, said.indexOf('\t')));
    }
}
