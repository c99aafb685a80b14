package org.berth.image.layer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.berth.linux.Descriptor;

/** What a folder holds, told so that two can be compared: each path with all that a layer keeps of it. */
final class Tree {
    private static final String ROOT = ".";

    private final FileCalls calls;
    private final SortedMap<String, String> lines = new TreeMap<>();
    private final Map<Long, String> linked = new HashMap<>();
    private final byte[] buffer = new byte[FileCalls.BUFFER_BYTES];

    private Tree(FileCalls calls) {
        this.calls = calls;
    }

    /** Each path below the folder, and itself as ".", with what is to be said of it. */
    static SortedMap<String, String> of(Path root) {
        try (FileCalls calls = new FileCalls();
                Descriptor folder = calls.open(root)) {
            Tree tree = new Tree(calls);
            tree.lines.put(ROOT, described(calls.status(folder), calls.attributes(folder)));
            tree.children(folder, "");
            return tree.lines;
        }
    }

    /** What two trees say otherwise of the same path; empty when they are the same. */
    static List<String> differences(SortedMap<String, String> one, SortedMap<String, String> other) {
        return Stream.concat(one.keySet().stream(), other.keySet().stream())
                .distinct()
                .filter(path -> !Objects.equals(one.get(path), other.get(path)))
                .map(path -> path + "\n  " + one.get(path) + "\n  " + other.get(path))
                .toList();
    }

    private void children(Descriptor folder, String path) {
        for (String name : calls.names(folder)) {
            FileStatus status = calls.status(folder, name).orElseThrow();
            String full = path + name;
            String line = described(status, calls.attributes(folder, name));
            switch (status.type()) {
                case FileStatus.FOLDER -> {
                    lines.put(full, line);
                    try (Descriptor child = calls.openChild(folder, name)) {
                        children(child, full + "/");
                    }
                }
                case FileStatus.SYMBOLIC_LINK ->
                    lines.put(full, line + " -> " + calls.target(folder, name) + shared(status, full));
                case FileStatus.REGULAR ->
                    lines.put(full, line + " " + content(folder, name, status) + shared(status, full));
                default -> lines.put(full, line + shared(status, full));
            }
        }
    }

    /** Which other path is the same file. */
    private String shared(FileStatus status, String path) {
        String first = linked.putIfAbsent(status.inode(), path);
        return first == null ? "" : " as " + first;
    }

    private static String described(FileStatus status, SortedMap<String, byte[]> attributes) {
        StringBuilder line = new StringBuilder(
                "%o %d:%d %s".formatted(status.mode(), status.uid(), status.gid(), status.modified()));
        if (status.type() == FileStatus.CHARACTER_DEVICE || status.type() == FileStatus.BLOCK_DEVICE) {
            line.append(" device ").append(status.major()).append(':').append(status.minor());
        }
        attributes.forEach((name, value) -> {
            if (Attributes.travels(name)) {
                line.append(' ').append(name).append('=').append(Arrays.hashCode(value));
            }
        });
        return line.toString();
    }

    private String content(Descriptor folder, String name, FileStatus status) {
        try (Descriptor file = calls.openToRead(folder, name)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (int count = calls.read(file, buffer); count > 0; count = calls.read(file, buffer)) {
                digest.update(buffer, 0, count);
            }
            return status.size() + " bytes " + HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }
}
