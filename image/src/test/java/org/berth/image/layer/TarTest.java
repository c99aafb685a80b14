package org.berth.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.berth.base.BerthException;
import org.berth.image.registry.Command;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tar streams: what is written is read back, byte for byte; what others write is read; what is damaged is refused. */
class TarTest {
    static LongStream seeds() {
        return LongStream.range(0, 20);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void readsWhatItWrote(long seed) throws IOException {
        List<RandomTar.Item> items = RandomTar.items(seed, 60);
        byte[] tar = RandomTar.write(items);
        assertThat(RandomTar.read(new ByteArrayInputStream(tar))).isEqualTo(items);
        assertThat(RandomTar.write(items)).isEqualTo(tar);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void refusesWhatIsCutOrChangedButNeverMisbehaves(long seed) throws IOException {
        byte[] tar = RandomTar.write(RandomTar.items(seed, 10));
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            byte[] damaged = Arrays.copyOf(tar, random.nextInt(tar.length));
            for (int change = random.nextInt(4); change > 0 && damaged.length > 0; change--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                RandomTar.read(new ByteArrayInputStream(damaged));
            } catch (IOException | BerthException e) {
                assertThat(e.getMessage()).startsWith("tar");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gnu", "oldgnu", "posix", "ustar", "v7"})
    void readsWhatGnuTarWrites(String format, @TempDir Path folder) throws IOException {
        Command.require("tar");
        Path source = Files.createDirectory(folder.resolve("source"));
        String name = format.equals("v7") ? "short" : format.equals("ustar") ? "s".repeat(99) : "long".repeat(60);
        Files.writeString(source.resolve(name), "content");
        Files.createLink(source.resolve("link"), source.resolve(name));
        Files.createSymbolicLink(source.resolve("symbolic"), Path.of("a/b"));
        Path archive = folder.resolve("a.tar");
        Command.run(
                "tar", "--format=" + format, "--sort=name", "-C", source.toString(), "-cf", archive.toString(), ".");
        List<RandomTar.Item> items = RandomTar.read(Files.newInputStream(archive));
        assertThat(items)
                .extracting(item -> item.entry().name())
                .containsExactlyInAnyOrder("./", "./link", "./" + name, "./symbolic");
        assertThat(items)
                .anyMatch(item -> new String(item.content(), StandardCharsets.UTF_8).equals("content"))
                .anyMatch(item -> item.entry().kind() == TarEntry.Kind.HARD_LINK)
                .anyMatch(item -> item.entry().link().equals("a/b"));
    }

    @Test
    void gnuTarReadsWhatItWrites(@TempDir Path folder) throws IOException {
        Command.require("tar");
        List<RandomTar.Item> items = RandomTar.items(4711, 80);
        Path archive = Files.write(folder.resolve("a.tar"), RandomTar.write(items));
        String listing = Command.run("tar", "--quoting-style=literal", "-tf", archive.toString());
        for (RandomTar.Item item : items) {
            byte[] name = org.berth.linux.path.FileNames.encode(item.entry().name());
            assertThat(listing).contains(new String(name, StandardCharsets.ISO_8859_1));
        }
    }

    /** As GNU tar writes them; holes come out as zeros. */
    @ParameterizedTest
    @ValueSource(
            strings = {"--format=gnu", "--format=posix --sparse-version=0.1", "--format=posix --sparse-version=1.0"})
    void readsSparseFilesOfGnuTar(String format, @TempDir Path folder) throws IOException {
        Path file = folder.resolve("disk.img");
        byte[] expected = new byte[3_000_000];
        try (java.io.RandomAccessFile disk = new java.io.RandomAccessFile(file.toFile(), "rw")) {
            for (int at = 0; at < 40; at++) { // more parts than a header of the old kind has room for
                disk.seek(at * 65_536L);
                disk.write(at + 1);
                expected[at * 65_536] = (byte) (at + 1);
            }
            disk.setLength(expected.length);
        }
        Files.writeString(folder.resolve("next"), "after");
        List<String> command = new java.util.ArrayList<>(List.of("tar", "-C", folder.toString(), "--sparse"));
        command.addAll(List.of(format.split(" ")));
        command.addAll(List.of("-cf", folder.resolve("a.tar").toString(), "disk.img", "next"));
        Command.run(command.toArray(String[]::new));
        assertThat(Files.size(folder.resolve("a.tar"))).isLessThan(1_000_000);
        try (TarReader reader = new TarReader(Files.newInputStream(folder.resolve("a.tar")))) {
            TarEntry disk = reader.next().orElseThrow();
            assertThat(disk.name()).isEqualTo("disk.img");
            assertThat(disk.size()).isEqualTo(expected.length);
            assertThat(content(reader)).isEqualTo(expected);
            assertThat(reader.next().orElseThrow().name()).isEqualTo("next");
            assertThat(content(reader)).isEqualTo("after".getBytes(StandardCharsets.US_ASCII));
            assertThat(reader.next()).isEmpty();
        }
    }

    @Test
    void aSparseFileWhosePartsLieOverEachOtherIsRefused() {
        byte[] header = new byte[1024];
        TarHeader.put(header, TarHeader.NAME, "disk.img");
        TarHeader.put(header, TarHeader.MAGIC, "ustar  ");
        header[TarHeader.TYPE] = 'S';
        TarHeader.put(header, new TarHeader.Field(386, 12), 100);
        TarHeader.put(header, new TarHeader.Field(398, 12), 100);
        TarHeader.put(header, new TarHeader.Field(410, 12), 150);
        TarHeader.put(header, new TarHeader.Field(422, 12), 100);
        TarHeader.put(header, new TarHeader.Field(483, 12), 1000);
        TarHeader.seal(header);
        TarReader reader = new TarReader(new ByteArrayInputStream(header));
        assertThatThrownBy(reader::next).isInstanceOf(IOException.class).hasMessageContaining("not in order");
    }

    private static byte[] content(TarReader reader) throws IOException {
        java.io.ByteArrayOutputStream content = new java.io.ByteArrayOutputStream();
        byte[] buffer = new byte[10_000];
        for (int count = reader.read(buffer, 0, buffer.length); count >= 0; ) {
            content.write(buffer, 0, count);
            count = reader.read(buffer, 0, buffer.length);
        }
        return content.toByteArray();
    }

    @Test
    void boundsExtendedHeaders() throws IOException {
        byte[] header = new byte[512];
        TarHeader.put(header, TarHeader.SIZE, 2L << 20);
        header[TarHeader.TYPE] = 'x';
        TarHeader.seal(header);
        try (TarReader reader = new TarReader(new ByteArrayInputStream(header))) {
            assertThatThrownBy(reader::next).isInstanceOf(IOException.class).hasMessageContaining("2097152");
        }
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        TarHeader.put(header, TarHeader.SIZE, 0);
        TarHeader.seal(header);
        for (int i = 0; i < 100; i++) {
            many.writeBytes(header);
        }
        try (TarReader reader = new TarReader(new ByteArrayInputStream(many.toByteArray()))) {
            assertThatThrownBy(reader::next).isInstanceOf(IOException.class).hasMessageContaining("in a row");
        }
    }

    @Test
    void timesKeepTheirNanosecondsOnBothSidesOfTheEpoch() throws IOException {
        for (Instant time : List.of(
                Instant.EPOCH,
                Instant.ofEpochSecond(1, 500_000_000),
                Instant.ofEpochSecond(-1, 500_000_000),
                Instant.ofEpochSecond(-2, 1),
                Instant.ofEpochSecond(1L << 34, 999_999_999))) {
            assertThat(PaxRecords.time(PaxRecords.text(time))).isEqualTo(time);
        }
        assertThat(PaxRecords.text(Instant.ofEpochSecond(-1, 500_000_000))).isEqualTo("-0.5");
        assertThat(PaxRecords.time("-1.25")).isEqualTo(Instant.ofEpochSecond(-2, 750_000_000));
        assertThatThrownBy(() -> PaxRecords.time("1e9")).isInstanceOf(IOException.class);
    }

    @Test
    void contentMustBeAsLongAsItsHeaderSays() throws IOException {
        TarEntry file = RandomTar.items(1, 60).stream()
                .map(RandomTar.Item::entry)
                .filter(entry -> entry.size() > 1)
                .findFirst()
                .orElseThrow();
        TarWriter writer = new TarWriter(OutputStream.nullOutputStream());
        writer.put(file);
        assertThatThrownBy(() -> writer.write(new byte[(int) file.size() + 1], 0, (int) file.size() + 1))
                .isInstanceOf(IOException.class);
        writer.write(new byte[1], 0, 1);
        assertThatThrownBy(writer::close).isInstanceOf(IOException.class);
    }
}
