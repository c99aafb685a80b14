package org.berth.base;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;

/** Where somebody who is not root keeps things (XDG Base Directory Specification 0.8). */
final class OrdinaryUser {
    private static final String NAME = "berth";

    private OrdinaryUser() {}

    /** Whether such a one runs this program. */
    static boolean isPresent() {
        return !"root".equals(System.getProperty("user.name"));
    }

    /** What stays: in XDG_DATA_HOME, or ~/.local/share. */
    static Path data(Map<String, String> environment) {
        String data = environment.getOrDefault("XDG_DATA_HOME", "");
        return data.startsWith("/")
                ? Path.of(data, NAME)
                : Path.of(environment.getOrDefault("HOME", System.getProperty("user.home", "/")), ".local/share", NAME);
    }

    /** What goes with a reboot: in XDG_RUNTIME_DIR, or where it usually is. */
    static Path run(Map<String, String> environment) {
        String run = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        if (run.startsWith("/")) {
            return Path.of(run, NAME);
        }
        long id = id(Path.of("/proc/self"));
        Path usual = Path.of("/run/user", Long.toString(id));
        return run(id, usual, Path.of(System.getProperty("java.io.tmpdir", "/tmp")), Files::isWritable);
    }

    /**
     * Where no login has made the usual folder, in the one for temporary files. Anybody may make a folder of any name
     * there: one that is not the user's own is not trusted.
     *
     * @throws BerthException CONFLICT when somebody else has it
     */
    static Path run(long id, Path usual, Path temporary, Predicate<Path> writable) {
        if (writable.test(usual)) {
            return usual.resolve(NAME);
        }
        Path folder = temporary.resolve(NAME + "-" + id);
        boolean there = Files.exists(folder, LinkOption.NOFOLLOW_LINKS);
        if (there && (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) || id(folder) != id)) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    folder
                            + " is not this user's own folder: remove it, or name another in BERTH_RUN or XDG_RUNTIME_DIR");
        }
        return folder;
    }

    /** The user that a file belongs to. */
    private static long id(Path file) {
        try {
            return ((Number) Files.getAttribute(file, "unix:uid")).longValue();
        } catch (IOException e) {
            throw new UncheckedIOException("look at " + file + ": " + e.getMessage(), e);
        }
    }
}
