package org.berth.builder.context;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.store.Digest;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.FileType;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;
import org.berth.linux.path.OpenFile;

/**
 * Files to copy from: a root and the rules of what in it counts. A symbolic link that a source names is
 * followed in the root; links below it are copied as links.
 */
public final class SourceTree implements AutoCloseable {
    private static final int FILES_MAX = 1_000_000;
    private static final int DEPTH_MAX = 256;
    private static final int PIECE_BYTES = 64 * 1024;

    private final InRoot root;
    private final IgnoreRules rules;
    private final IgnoreRules excludes;

    public SourceTree(InRoot root, IgnoreRules rules) {
        this(root, rules, IgnoreRules.NONE);
    }

    private SourceTree(InRoot root, IgnoreRules rules, IgnoreRules excludes) {
        this.root = root;
        this.rules = rules;
        this.excludes = excludes;
    }

    /**
     * The same files, but for those that the rules leave out, whose paths are below the folder that a source names; a file
     * that a source names is known by its name. Closed with this.
     */
    public SourceTree with(IgnoreRules more) {
        return new SourceTree(root, rules, more);
    }

    /** A folder of the host with its rules. */
    public static SourceTree open(Path folder, IgnoreRules rules) {
        return new SourceTree(InRoot.open(folder), rules);
    }

    InRoot root() {
        return root;
    }

    /** What is left out of it. */
    public IgnoreRules rules() {
        return rules;
    }

    /** A small text file of the tree, whatever the rules say; empty when there is none. */
    public Optional<String> text(String path, int bytesMax) {
        return root.readText(path, bytesMax);
    }

    /**
     * The paths that a source stands for, sorted: itself, or what its pattern matches. They are relative;
     * "" is the whole tree.
     *
     * @throws BerthException INVALID when there is nothing
     */
    public List<String> resolve(String source) {
        String clean = clean(source);
        List<String> paths = PathPattern.isPattern(clean) ? match(clean) : List.of(clean);
        if (paths.isEmpty()) {
            throw missing(source);
        }
        for (String path : paths) {
            if ((!path.isEmpty() && rules.ignores(path) && rules.ignoresAllBelow(path))
                    || root.find(path, LastLink.FOLLOW).isEmpty()) {
                throw missing(source);
            }
        }
        return paths;
    }

    /** Opens a regular file. */
    public InputStream open(String path) throws IOException {
        OpenFile file = root.read(path);
        return new java.io.FilterInputStream(file.input()) {
            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                return in.read(buffer, offset, length);
            }

            @Override
            public void close() throws IOException {
                in.close();
                file.close();
            }
        };
    }

    /**
     * The paths that a source of COPY --parents stands for, and the folders of each that come along: all of its own, or
     * those after "/./".
     */
    public List<CopyTarget.Chosen> resolveParents(String source) {
        int pivot = source.indexOf("/./");
        String base = pivot < 0 ? "" : clean(source.substring(0, pivot));
        String pattern = clean(pivot < 0 ? source : source.substring(pivot + 3));
        String whole = base.isEmpty() ? pattern : pattern.isEmpty() ? base : base + "/" + pattern;
        List<String> paths = whole.contains("**") ? matchDeep(whole) : resolve(whole.isEmpty() ? "." : whole);
        List<CopyTarget.Chosen> chosen = new ArrayList<>();
        for (String path : paths) {
            String below = base.isEmpty() ? path : path.substring(Math.min(path.length(), base.length() + 1));
            chosen.add(new CopyTarget.Chosen(
                    path, status(path).isFolder() ? below : below.substring(0, below.lastIndexOf('/') + 1)));
        }
        return chosen;
    }

    private List<String> matchDeep(String pattern) {
        List<String> found = new ArrayList<>();
        matchDeep(compile(pattern, true), "", 0, found);
        found.sort(Comparator.naturalOrder());
        return found;
    }

    private void matchDeep(PathPattern pattern, String folder, int depth, List<String> found) {
        if (depth > DEPTH_MAX || found.size() > FILES_MAX) {
            throw new BerthException(ErrorCode.INVALID, folder + ": too many files or folders for a pattern with **");
        }
        for (Folder.Entry entry : root.list(folder.isEmpty() ? "." : folder)) {
            String path = folder.isEmpty() ? entry.name() : folder + "/" + entry.name();
            if (!wants(path, entry.type())) {
                continue;
            }
            if (pattern.matches(path)) {
                found.add(path);
            } else if (entry.type() == FileType.FOLDER) {
                matchDeep(pattern, path, depth + 1, found);
            }
        }
    }

    /** What a path is, links followed. */
    public FileStatus status(String path) {
        return root.status(path, LastLink.FOLLOW);
    }

    /** The first bytes of a regular file. */
    public byte[] beginning(String path, int bytes) {
        try (OpenFile file = root.read(path);
                InputStream input = file.input()) {
            return input.readNBytes(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether an entry below is copied. */
    boolean wants(String path, FileType type) {
        return wants(rules, path, type);
    }

    /** Whether an entry below a source is copied; {@code below} is its path from there. */
    boolean wants(String source, String below, FileType type) {
        return wants(rules, source.isEmpty() ? below : source + "/" + below, type) && wants(excludes, below, type);
    }

    private static boolean wants(IgnoreRules rules, String path, FileType type) {
        return type == FileType.FOLDER ? !rules.ignoresAllBelow(path) : !rules.ignores(path);
    }

    /** Whether a file that a source names is copied. */
    boolean wantsFile(String path) {
        return !excludes.ignores(path.substring(path.lastIndexOf('/') + 1));
    }

    /**
     * A digest of all that is copied of these paths: names, types, modes, link targets, contents; times
     * are left out, so that a fresh checkout is the same.
     */
    public String digest(List<String> paths) {
        MessageDigest digest = Digest.hasher();
        int[] left = {FILES_MAX};
        for (String path : paths) {
            try (OpenFile place = root.place(path, LastLink.FOLLOW)) {
                FileStatus status = place.status();
                update(digest, "source", path);
                if (status.isFolder()) {
                    try (Folder folder = root.folder(path)) {
                        folder(digest, folder, path, path, 0, left);
                    }
                } else {
                    describe(digest, path, status);
                    content(digest, status, path);
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public void close() {
        root.close();
    }

    private void content(MessageDigest digest, FileStatus status, String path) {
        if (status.isRegular()) {
            try (OpenFile file = root.read(path)) {
                content(digest, file);
            }
        }
    }

    private void folder(MessageDigest digest, Folder folder, String source, String path, int depth, int[] left) {
        if (depth > DEPTH_MAX) {
            throw new BerthException(ErrorCode.INVALID, path + ": more than " + DEPTH_MAX + " folders deep");
        }
        List<Folder.Entry> entries = new ArrayList<>(folder.list());
        entries.sort(Comparator.comparing(Folder.Entry::name));
        for (Folder.Entry entry : entries) {
            String below = path.isEmpty() ? entry.name() : path + "/" + entry.name();
            if (!wants(source, source.isEmpty() ? below : below.substring(source.length() + 1), entry.type())) {
                continue;
            }
            if (--left[0] < 0) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        "more than " + FILES_MAX + " files to copy; leave some out by .dockerignore");
            }
            entry(digest, folder, entry, source, below, depth, left);
        }
    }

    private void entry(
            MessageDigest digest,
            Folder folder,
            Folder.Entry entry,
            String source,
            String path,
            int depth,
            int[] left) {
        try (OpenFile place = folder.place(entry.name())) {
            FileStatus status = place.status();
            describe(digest, path, status);
            switch (status.type()) {
                case FOLDER -> {
                    try (Folder child = folder.folder(entry.name())) {
                        folder(digest, child, source, path, depth + 1, left);
                    }
                }
                case REGULAR -> {
                    try (OpenFile file = folder.read(entry.name())) {
                        content(digest, file);
                    }
                }
                case SYMBOLIC_LINK -> update(digest, "link", place.readLink());
                default -> update(digest, "special", status.special().toString());
            }
        }
    }

    private static void describe(MessageDigest digest, String path, FileStatus status) {
        update(digest, status.type().name(), path, Integer.toOctalString(status.mode()));
    }

    private static void content(MessageDigest digest, OpenFile file) {
        MessageDigest own = Digest.hasher();
        byte[] piece = new byte[PIECE_BYTES];
        try (InputStream input = file.input()) {
            for (int read = input.read(piece); read >= 0; read = input.read(piece)) {
                own.update(piece, 0, read);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        update(digest, "content", HexFormat.of().formatHex(own.digest()));
    }

    /** Each text with its length before it, so that no two rows of texts give the same bytes. */
    private static void update(MessageDigest digest, String... texts) {
        for (String text : texts) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_16BE);
            digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
            digest.update(bytes);
        }
    }

    /** Walks down as far as the pattern has components. */
    private List<String> match(String pattern) {
        PathPattern compiled = compile(pattern, false);
        int depth = pattern.split("/", -1).length;
        List<String> found = new ArrayList<>();
        match(compiled, "", depth, found);
        found.sort(Comparator.naturalOrder());
        return found;
    }

    private void match(PathPattern pattern, String folder, int depth, List<String> found) {
        for (Folder.Entry entry : root.list(folder.isEmpty() ? "." : folder)) {
            String path = folder.isEmpty() ? entry.name() : folder + "/" + entry.name();
            if (!wants(path, entry.type())) {
                continue;
            }
            if (depth == 1 && pattern.matches(path)) {
                found.add(path);
            } else if (depth > 1 && entry.type() == FileType.FOLDER) {
                match(pattern, path, depth - 1, found);
            }
        }
    }

    private static PathPattern compile(String pattern, boolean anyDepth) {
        try {
            return PathPattern.of(pattern, anyDepth);
        } catch (IllegalArgumentException e) {
            throw new BerthException(ErrorCode.INVALID, String.valueOf(e.getMessage()), e);
        }
    }

    /** A source without "." and with ".." ended at the root, as every path in a root. */
    private static String clean(String source) {
        List<String> components = new ArrayList<>();
        for (String component : source.split("/", -1)) {
            if (component.equals("..")) {
                if (!components.isEmpty()) {
                    components.removeLast();
                }
            } else if (!component.isEmpty() && !component.equals(".")) {
                components.add(component);
            }
        }
        return String.join("/", components);
    }

    private static BerthException missing(String source) {
        return new BerthException(
                ErrorCode.INVALID,
                "'" + source
                        + "' is not there, or left out by .dockerignore; a path below the build's folder was expected");
    }
}
