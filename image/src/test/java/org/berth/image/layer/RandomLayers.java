package org.berth.image.layer;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/**
 * Layers drawn from a seed, each a change of those below as image builders write it: files and folders that are new, changed,
 * removed, emptied, or another kind of thing than before.
 */
final class RandomLayers {
    private final Random random;
    /** What is there by now: whether it is a folder. */
    private final TreeMap<String, Boolean> there = new TreeMap<>();

    /** Entries of the layer in the making, by path. */
    private final TreeMap<String, RandomTar.Item> layer = new TreeMap<>();

    private RandomLayers(long seed) {
        this.random = new Random(seed);
    }

    /** Layers, the lowest first. */
    static List<List<RandomTar.Item>> of(long seed, int layers, int changes) {
        RandomLayers made = new RandomLayers(seed);
        List<List<RandomTar.Item>> result = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            made.layer.clear();
            made.put("./", TarEntry.Kind.FOLDER, "");
            for (int change = 0; change < changes; change++) {
                made.change(i == 0);
            }
            result.add(List.copyOf(made.layer.values()));
        }
        return result;
    }

    private void change(boolean first) {
        switch (first ? 0 : random.nextInt(8)) {
            case 1 -> remove(anyOld());
            case 2 -> empty(anyOld());
            case 3 -> replace(anyOld());
            case 4 -> removeAndMakeAnew(anyOld());
            case 5 -> describe(anyOld());
            default -> add();
        }
    }

    private void add() {
        String path = anyFolder() + name();
        if (there.containsKey(path) || isTouched(path) && !isBelowNew(path)) {
            return;
        }
        switch (random.nextInt(6)) {
            case 0, 1 -> folder(path);
            case 2 -> {
                put(path, TarEntry.Kind.SYMBOLIC_LINK, "../" + name());
                there.put(path, false);
            }
            case 3 -> hardLink(path);
            default -> file(path);
        }
    }

    private void file(String path) {
        put(path, TarEntry.Kind.FILE, "");
        there.put(path, false);
    }

    private void folder(String path) {
        put(path + "/", TarEntry.Kind.FOLDER, "");
        there.put(path, true);
    }

    /** To a file of the same layer that comes before it. */
    private void hardLink(String path) {
        List<String> targets = layer.headMap(path).values().stream()
                .map(RandomTar.Item::entry)
                .filter(entry ->
                        entry.kind() == TarEntry.Kind.FILE && !entry.name().contains(".wh."))
                .map(TarEntry::name)
                .toList();
        if (!targets.isEmpty()) {
            String target = targets.get(random.nextInt(targets.size()));
            TarEntry same = Objects.requireNonNull(layer.get(target)).entry();
            TarEntry link = new TarEntry(
                    path,
                    TarEntry.Kind.HARD_LINK,
                    same.mode(),
                    same.uid(),
                    same.gid(),
                    0,
                    same.modified(),
                    target,
                    0,
                    0,
                    same.attributes());
            layer.put(path, new RandomTar.Item(link, new byte[0]));
            there.put(path, false);
        }
    }

    private void remove(String path) {
        if (!path.isEmpty()) {
            marker(parent(path) + ".wh." + path.substring(parent(path).length()));
            forget(path);
        }
    }

    private void empty(String path) {
        if (!path.isEmpty() && isFolder(path)) {
            forget(path);
            folder(path);
            marker(path + "/.wh..wh..opq");
        }
    }

    private void replace(String path) {
        if (!path.isEmpty()) {
            boolean wasFolder = isFolder(path);
            forget(path);
            if (wasFolder) {
                file(path);
            } else {
                folder(path);
            }
        }
    }

    private void removeAndMakeAnew(String path) {
        if (!path.isEmpty()) {
            remove(path);
            folder(path);
            file(path + "/new" + random.nextInt(100));
        }
    }

    private void describe(String path) {
        if (!path.isEmpty() && isFolder(path)) {
            folder(path);
        }
    }

    private boolean isFolder(String path) {
        return there.getOrDefault(path, false);
    }

    private void forget(String path) {
        there.remove(path);
        there.subMap(path + "/", path + "0").clear();
    }

    /** Something that layers below have, and that this one has not touched, nor anything in it; "" when none is found. */
    private String anyOld() {
        List<String> old = there.keySet().stream()
                .filter(path -> !isTouched(path))
                .filter(path -> layer.subMap(path + "/", path + "0").isEmpty())
                .toList();
        return old.isEmpty() ? "" : old.get(random.nextInt(old.size()));
    }

    private boolean isTouched(String path) {
        return layer.containsKey(path)
                || layer.containsKey(path + "/")
                || layer.containsKey(
                        parent(path) + ".wh." + path.substring(parent(path).length()))
                || isBelowNew(path);
    }

    /** Whether a folder above was made or emptied in this layer. */
    private boolean isBelowNew(String path) {
        for (String above = parent(path); !above.isEmpty(); above = parent(above.substring(0, above.length() - 1))) {
            if (layer.containsKey(above)) {
                return true;
            }
        }
        return false;
    }

    private String anyFolder() {
        List<String> folders = new ArrayList<>(List.of(""));
        there.forEach((path, isFolder) -> {
            if (isFolder) {
                folders.add(path + "/");
            }
        });
        return folders.get(random.nextInt(folders.size()));
    }

    private static String parent(String path) {
        return path.substring(0, path.lastIndexOf('/') + 1);
    }

    private String name() {
        return random.nextInt(6) == 0 ? "n".repeat(100 + random.nextInt(100)) : "n" + random.nextInt(200);
    }

    private void put(String name, TarEntry.Kind kind, String link) {
        byte[] content = new byte[kind == TarEntry.Kind.FILE ? random.nextInt(5000) : 0];
        random.nextBytes(content);
        TarEntry entry = new TarEntry(
                name,
                kind,
                kind == TarEntry.Kind.SYMBOLIC_LINK ? 0777 : random.nextInt(01000),
                random.nextInt(1 << 22),
                random.nextInt(1 << 22),
                content.length,
                Instant.ofEpochSecond(random.nextLong(1L << 31), random.nextInt(1_000_000_000)),
                link,
                0,
                0,
                Collections.emptySortedMap());
        layer.put(name, new RandomTar.Item(entry, content));
    }

    private void marker(String name) {
        layer.put(
                name,
                new RandomTar.Item(
                        new TarEntry(
                                name,
                                TarEntry.Kind.FILE,
                                0,
                                0,
                                0,
                                0,
                                Instant.EPOCH,
                                "",
                                0,
                                0,
                                Collections.emptySortedMap()),
                        new byte[0]));
    }
}
