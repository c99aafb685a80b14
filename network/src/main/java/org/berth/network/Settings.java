package org.berth.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Settings of the calling thread's network namespace (sysctl(8), below net). */
final class Settings {
    private static final Path FOLDER = Path.of("/proc/sys/net");

    private Settings() {}

    /** Sets a setting where it differs: writing some, even the same, resets others. */
    static void set(String name, String value) {
        Path file = FOLDER.resolve(name);
        try {
            if (!get(name).equals(value)) {
                Files.writeString(file, value);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("write " + value + " to " + file + ": " + e.getMessage(), e);
        }
    }

    /** A setting's value. */
    static String get(String name) {
        Path file = FOLDER.resolve(name);
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("read " + file + ": " + e.getMessage(), e);
        }
    }

    /** The same for what a kernel may be built without. */
    static void setIfPresent(String name, String value) {
        if (Files.exists(FOLDER.resolve(name))) {
            set(name, value);
        }
    }
}
