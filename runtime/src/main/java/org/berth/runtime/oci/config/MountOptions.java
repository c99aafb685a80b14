package org.berth.runtime.oci.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The options of a mount, sorted by what they act on (runtime-spec config.md, "Linux mount options";
 * mount(8); mount_setattr(2)).
 *
 * @param set attributes (MOUNT_ATTR_*) to be set on the mount alone
 * @param cleared attributes that were named by their opposite: "rw", "suid", "relatime"
 * @param recursiveSet the same for the mount and all below it: "rro"
 * @param bind whether it is a bind, and {@code recursive} of what
 * @param propagation in their order: MS_SHARED and the like, each with MS_REC or not
 * @param superblock MS_* flags of the file system itself: "sync", "mand", "lazytime"
 * @param data what the file system itself is told, in its order: "size=64k"
 * @param copyUp whether a new tmpfs is filled with what it covers
 */
public record MountOptions(
        long set,
        long cleared,
        long recursiveSet,
        long recursiveCleared,
        boolean bind,
        boolean recursive,
        boolean remount,
        List<Long> propagation,
        long superblock,
        List<String> data,
        boolean copyUp,
        Optional<IdMap> idMap) {
    public static final long READ_ONLY = 0x1;
    public static final long NO_SUID = 0x2;
    public static final long NO_DEVICES = 0x4;
    public static final long NO_EXEC = 0x8;

    /** The access-time attributes are one field of two bits; relatime is its zero. */
    public static final long ACCESS_TIME = 0x70;

    public static final long NO_ACCESS_TIME = 0x10;
    public static final long STRICT_ACCESS_TIME = 0x20;
    public static final long NO_FOLDER_ACCESS_TIME = 0x80;
    public static final long NO_SYMLINKS = 0x200000;

    private static final long MS_SYNCHRONOUS = 16;
    private static final long MS_MANDLOCK = 64;
    private static final long MS_DIRSYNC = 128;
    private static final long MS_REC = 0x4000;
    private static final long MS_SILENT = 0x8000;
    private static final long MS_UNBINDABLE = 1 << 17;
    private static final long MS_PRIVATE = 1 << 18;
    private static final long MS_SLAVE = 1 << 19;
    private static final long MS_SHARED = 1 << 20;
    private static final long MS_I_VERSION = 1 << 23;
    private static final long MS_LAZYTIME = 1 << 25;

    /** What ids a mount's files show. */
    public enum IdMap {
        MOUNT,
        RECURSIVE
    }

    private static final Map<String, Long> SETS = Map.ofEntries(
            Map.entry("ro", READ_ONLY),
            Map.entry("nosuid", NO_SUID),
            Map.entry("nodev", NO_DEVICES),
            Map.entry("noexec", NO_EXEC),
            Map.entry("noatime", NO_ACCESS_TIME),
            Map.entry("strictatime", STRICT_ACCESS_TIME),
            Map.entry("nodiratime", NO_FOLDER_ACCESS_TIME),
            Map.entry("nosymfollow", NO_SYMLINKS));

    private static final Map<String, Long> CLEARS = Map.ofEntries(
            Map.entry("rw", READ_ONLY),
            Map.entry("suid", NO_SUID),
            Map.entry("dev", NO_DEVICES),
            Map.entry("exec", NO_EXEC),
            Map.entry("atime", NO_ACCESS_TIME),
            Map.entry("relatime", ACCESS_TIME),
            Map.entry("norelatime", 0L),
            Map.entry("nostrictatime", STRICT_ACCESS_TIME),
            Map.entry("diratime", NO_FOLDER_ACCESS_TIME),
            Map.entry("symfollow", NO_SYMLINKS));

    private static final Map<String, Long> PROPAGATION = Map.of(
            "shared",
            MS_SHARED,
            "rshared",
            MS_SHARED | MS_REC,
            "slave",
            MS_SLAVE,
            "rslave",
            MS_SLAVE | MS_REC,
            "private",
            MS_PRIVATE,
            "rprivate",
            MS_PRIVATE | MS_REC,
            "unbindable",
            MS_UNBINDABLE,
            "runbindable",
            MS_UNBINDABLE | MS_REC);

    private static final Map<String, Long> SUPERBLOCK = Map.of(
            "sync", MS_SYNCHRONOUS,
            "dirsync", MS_DIRSYNC,
            "mand", MS_MANDLOCK,
            "silent", MS_SILENT,
            "iversion", MS_I_VERSION,
            "lazytime", MS_LAZYTIME);

    private static final Map<String, Long> SUPERBLOCK_CLEARED = Map.of(
            "async", MS_SYNCHRONOUS,
            "nomand", MS_MANDLOCK,
            "loud", MS_SILENT,
            "noiversion", MS_I_VERSION,
            "nolazytime", MS_LAZYTIME);

    public MountOptions {
        propagation = List.copyOf(propagation);
        data = List.copyOf(data);
    }

    /**
     * The words of a list of options; what is no option of mounts is the file system's.
     *
     * @param bind whether the mount's type says so already
     */
    static MountOptions parse(List<String> words, boolean bind) {
        Reading reading = new Reading(bind);
        words.forEach(reading::word);
        return reading.result();
    }

    /** The same with one more word for the file system. */
    public MountOptions withData(String word) {
        List<String> more = new ArrayList<>(data);
        more.add(word);
        return new MountOptions(
                set,
                cleared,
                recursiveSet,
                recursiveCleared,
                bind,
                recursive,
                remount,
                propagation,
                superblock,
                more,
                copyUp,
                idMap);
    }

    /** The superblock's flags as fsconfig(2) takes them. */
    public List<String> superblockWords() {
        List<String> words = new ArrayList<>();
        for (String word : List.of("sync", "dirsync", "mand", "lazytime")) {
            if ((superblock & SUPERBLOCK.getOrDefault(word, 0L)) != 0) {
                words.add(word);
            }
        }
        if ((superblock & MS_I_VERSION) != 0) {
            words.add("iversion");
        }
        return words;
    }

    /** Whether a word is an option here, and not the file system's own. */
    public static boolean known(String word) {
        Reading reading = new Reading(false);
        reading.word(word);
        return reading.data.isEmpty();
    }

    /** Every word that is known here, for {@code features}. */
    public static List<String> names() {
        List<String> names = new ArrayList<>();
        names.addAll(SETS.keySet());
        names.addAll(CLEARS.keySet());
        SETS.keySet().forEach(name -> names.add("r" + name));
        CLEARS.keySet().forEach(name -> names.add("r" + name));
        names.addAll(PROPAGATION.keySet());
        names.addAll(SUPERBLOCK.keySet());
        names.addAll(SUPERBLOCK_CLEARED.keySet());
        names.addAll(List.of("bind", "rbind", "remount", "defaults", "tmpcopyup", "idmap", "ridmap"));
        return names.stream().sorted().distinct().toList();
    }

    /** Words being taken one after the other: the last of two that contradict each other counts. */
    private static final class Reading {
        private long set;
        private long cleared;
        private long recursiveSet;
        private long recursiveCleared;
        private boolean bind;
        private boolean recursive;
        private boolean remount;
        private final List<Long> propagation = new ArrayList<>();
        private long superblock;
        private final List<String> data = new ArrayList<>();
        private boolean copyUp;
        private Optional<IdMap> idMap = Optional.empty();

        Reading(boolean bind) {
            this.bind = bind;
        }

        void word(String word) {
            if (SETS.containsKey(word)) {
                long bits = SETS.getOrDefault(word, 0L);
                set = set & ~conflicting(bits) | bits;
                cleared &= ~bits;
            } else if (CLEARS.containsKey(word)) {
                long bits = CLEARS.getOrDefault(word, 0L);
                cleared |= bits;
                set &= ~bits;
            } else if (word.startsWith("r") && SETS.containsKey(word.substring(1))) {
                long bits = SETS.getOrDefault(word.substring(1), 0L);
                recursiveSet = recursiveSet & ~conflicting(bits) | bits;
                recursiveCleared &= ~bits;
            } else if (word.startsWith("r") && CLEARS.containsKey(word.substring(1))) {
                long bits = CLEARS.getOrDefault(word.substring(1), 0L);
                recursiveCleared |= bits;
                recursiveSet &= ~bits;
            } else if (PROPAGATION.containsKey(word)) {
                propagation.add(PROPAGATION.getOrDefault(word, 0L));
            } else if (SUPERBLOCK.containsKey(word)) {
                superblock |= SUPERBLOCK.getOrDefault(word, 0L);
            } else if (SUPERBLOCK_CLEARED.containsKey(word)) {
                superblock &= ~SUPERBLOCK_CLEARED.getOrDefault(word, 0L);
            } else {
                other(word);
            }
        }

        /** One access-time attribute takes the place of another. */
        private static long conflicting(long bits) {
            return (bits & ACCESS_TIME) != 0 ? ACCESS_TIME : 0;
        }

        private void other(String word) {
            switch (word) {
                case "bind" -> bind = true;
                case "rbind" -> {
                    bind = true;
                    recursive = true;
                }
                case "remount" -> remount = true;
                case "tmpcopyup" -> copyUp = true;
                case "idmap" -> idMap = Optional.of(IdMap.MOUNT);
                case "ridmap" -> idMap = Optional.of(IdMap.RECURSIVE);
                case "defaults", "" -> {}
                default -> data.add(word);
            }
        }

        MountOptions result() {
            return new MountOptions(
                    set,
                    cleared,
                    recursiveSet,
                    recursiveCleared,
                    bind,
                    recursive,
                    remount,
                    propagation,
                    superblock,
                    data,
                    copyUp,
                    idMap);
        }
    }
}
