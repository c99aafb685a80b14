package org.berth.image.layer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.berth.linux.path.FileNames;

/** Layers drawn from a seed: every kind of entry, with what is hard about it. */
final class RandomTar {
    /** An entry with its content. */
    record Item(TarEntry entry, byte[] content) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Item(TarEntry otherEntry, byte[] otherContent)
                    && text(entry).equals(text(otherEntry))
                    && Arrays.equals(content, otherContent);
        }

        @Override
        public int hashCode() {
            return text(entry).hashCode();
        }

        @Override
        public String toString() {
            return text(entry) + " with " + content.length + " bytes";
        }

        private static String text(TarEntry entry) {
            StringBuilder attributes = new StringBuilder();
            entry.attributes().forEach((name, value) -> attributes.append(name).append(Arrays.toString(value)));
            return new TarEntry(
                                    entry.name(),
                                    entry.kind(),
                                    entry.mode(),
                                    entry.uid(),
                                    entry.gid(),
                                    entry.size(),
                                    entry.modified(),
                                    entry.link(),
                                    entry.major(),
                                    entry.minor(),
                                    Collections.emptySortedMap())
                            .toString()
                    + attributes;
        }
    }

    private final Random random;
    private final List<Item> items = new ArrayList<>();
    private final List<String> folders = new ArrayList<>(List.of(""));
    private final List<TarEntry> linkable = new ArrayList<>();

    private RandomTar(long seed) {
        this.random = new Random(seed);
    }

    /** As below, without whiteouts: a plain tree, as any tar program knows it. */
    static List<Item> plainItems(long seed, int count) {
        return items(seed, count).stream()
                .filter(item -> !item.entry.name().contains("/.wh.")
                        && !item.entry.name().startsWith(".wh."))
                .toList();
    }

    /** Entries of one layer, in the order in which {@link LayerPacker} writes them. */
    static List<Item> items(long seed, int count) {
        RandomTar tar = new RandomTar(seed);
        tar.items.add(tar.item("./", TarEntry.Kind.FOLDER, "", new byte[0], 0, 0));
        for (int i = 0; i < count; i++) {
            tar.add();
        }
        return inWritingOrder(tar.items);
    }

    static byte[] write(List<Item> items) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarWriter writer = new TarWriter(out)) {
            for (Item item : items) {
                writer.put(item.entry);
                writer.write(item.content, 0, item.content.length);
            }
        }
        return out.toByteArray();
    }

    static List<Item> read(java.io.InputStream in) throws IOException {
        List<Item> items = new ArrayList<>();
        try (TarReader reader = new TarReader(in)) {
            for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                ByteArrayOutputStream content = new ByteArrayOutputStream();
                byte[] buffer = new byte[1000];
                for (int n = reader.read(buffer, 0, 1000); n >= 0; n = reader.read(buffer, 0, 1000)) {
                    content.write(buffer, 0, n);
                }
                items.add(new Item(entry.get(), content.toByteArray()));
            }
        }
        return items;
    }

    private void add() {
        String folder = folders.get(random.nextInt(folders.size()));
        String path = folder + name();
        boolean taken = items.stream()
                .anyMatch(item -> item.entry.name().replaceAll("/$", "").equals(path));
        if (taken || FileNames.encode(path).length > 3000) {
            return;
        }
        switch (random.nextInt(9)) {
            case 0, 1 -> {
                items.add(item(path + "/", TarEntry.Kind.FOLDER, "", new byte[0], 0, 0));
                folders.add(path + "/");
                if (random.nextInt(3) == 0) {
                    items.add(marker(path + "/.wh..wh..opq"));
                }
            }
            case 2 -> items.add(marker(folder + ".wh." + name()));
            case 3 -> items.add(item(path, TarEntry.Kind.SYMBOLIC_LINK, "../" + name() + "/x", new byte[0], 0, 0));
            case 4 ->
                items.add(item(
                        path,
                        TarEntry.Kind.CHARACTER_DEVICE,
                        "",
                        new byte[0],
                        1 + random.nextInt(4000),
                        random.nextInt(1 << 20)));
            case 5 -> items.add(item(path, TarEntry.Kind.FIFO, "", new byte[0], 0, 0));
            default -> {
                byte[] content = new byte[random.nextInt(4) == 0 ? random.nextInt(600_000) : random.nextInt(1200)];
                random.nextBytes(content);
                items.add(item(path, TarEntry.Kind.FILE, "", content, 0, 0));
                linkable.add(items.getLast().entry);
            }
        }
    }

    private Item item(String path, TarEntry.Kind kind, String link, byte[] content, int major, int minor) {
        boolean plain = kind == TarEntry.Kind.FILE || kind == TarEntry.Kind.FOLDER;
        return new Item(
                new TarEntry(
                        path,
                        kind,
                        kind == TarEntry.Kind.SYMBOLIC_LINK ? 0777 : random.nextInt(010000),
                        id(),
                        id(),
                        content.length,
                        Instant.ofEpochSecond(random.nextLong(-1_000_000_000L, 1L << 33), nanoseconds()),
                        link,
                        major,
                        minor,
                        plain ? attributes(kind) : Collections.emptySortedMap()),
                content);
    }

    private static Item marker(String path) {
        return new Item(
                new TarEntry(
                        path, TarEntry.Kind.FILE, 0, 0, 0, 0, Instant.EPOCH, "", 0, 0, Collections.emptySortedMap()),
                new byte[0]);
    }

    private long id() {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong(0xfffffffeL);
            case 1 -> 2_097_152; // the first that octal digits can't hold
            default -> random.nextInt(70_000);
        };
    }

    private int nanoseconds() {
        return switch (random.nextInt(3)) {
            case 0 -> 0;
            case 1 -> random.nextInt(1000) * 1_000_000;
            default -> random.nextInt(1_000_000_000);
        };
    }

    private SortedMap<String, byte[]> attributes(TarEntry.Kind kind) {
        SortedMap<String, byte[]> attributes = new TreeMap<>();
        for (int i = random.nextInt(6) - 3; i > 0; i--) {
            byte[] value = new byte[random.nextInt(300)];
            random.nextBytes(value); // newlines, zeros and what is not UTF-8 among them
            attributes.put(attributeName() + i, value);
        }
        if (kind == TarEntry.Kind.FILE && random.nextInt(4) == 0) {
            attributes.put("security.capability", capability());
        }
        return attributes;
    }

    private String attributeName() {
        return switch (random.nextInt(8)) {
            case 0 -> "user.a=b%3D%25%";
            case 1 -> "user." + FileNames.decode(new byte[] {(byte) 0xfe, 'x', (byte) 0xff});
            case 2 -> "user.Zeile\n1=";
            case 3 -> "trusted.berth";
            default -> "user.berth";
        };
    }

    /** As the kernel keeps it (linux/capability.h, VFS_CAP_REVISION_2), with any of the first 32. */
    private byte[] capability() {
        byte[] value = new byte[20];
        byte[] permitted = new byte[4];
        random.nextBytes(permitted);
        value[0] = 1;
        value[3] = 2;
        System.arraycopy(permitted, 0, value, 4, 4);
        return value;
    }

    private String name() {
        return switch (random.nextInt(8)) {
            case 0 -> "n".repeat(1 + random.nextInt(255));
            case 1 -> "Főtanúsítvány " + random.nextInt(1000);
            case 2 -> FileNames.decode(new byte[] {(byte) (128 + random.nextInt(128)), 'x', (byte) 0xff});
            case 3 -> "line\nbreak=" + random.nextInt(1000);
            case 4 -> "😀" + random.nextInt(1000);
            default -> "file" + random.nextInt(10_000);
        };
    }

    /** A folder, its opaque mark, then what is in it by name. */
    private static List<Item> inWritingOrder(List<Item> items) {
        List<Item> sorted = new ArrayList<>(items);
        sorted.sort((one, other) -> key(one.entry).compareTo(key(other.entry)));
        List<Item> unique = new ArrayList<>();
        for (Item item : sorted) {
            boolean same = !unique.isEmpty() && key(unique.getLast().entry).equals(key(item.entry));
            if (!same) {
                unique.add(item);
            }
        }
        return unique;
    }

    private static String key(TarEntry entry) {
        String name = entry.name().equals("./") ? "" : entry.name();
        int slash = name.lastIndexOf('/', name.length() - 2);
        String folder = name.substring(0, slash + 1);
        String last = name.substring(slash + 1);
        if (last.equals(".wh..wh..opq")) {
            return folder.replace("/", "\0");
        }
        String shown = last.startsWith(".wh.") ? last.substring(4) : last;
        return (folder + shown).replace("/", "\0");
    }
}
