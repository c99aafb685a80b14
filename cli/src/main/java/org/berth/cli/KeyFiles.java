package org.berth.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;

/** Keys in files, and the password that locks one: COSIGN_PASSWORD, else asked for at the terminal. */
final class KeyFiles {
    private static final int BYTES_MAX = 64 * 1024;

    private KeyFiles() {}

    static String read(Path file) {
        try {
            if (Files.size(file) > BYTES_MAX) {
                throw new BerthException(ErrorCode.INVALID, file + ": too long for a key");
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new BerthException(ErrorCode.NOT_FOUND, file + " is not there: a key was expected", e);
        } catch (IOException e) {
            throw FileErrors.of("read " + file, e);
        }
    }

    /** Writes a file that is not there yet. */
    static void create(Path file, String text, String permissions) {
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
            Files.writeString(file, text, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw FileErrors.of("write " + file, e);
        }
    }

    static void refuse(Set<Path> files) {
        files.stream().filter(Files::exists).findFirst().ifPresent(file -> {
            throw new BerthException(ErrorCode.CONFLICT, file + " is there already: move it away first");
        });
    }

    static String password(String question) {
        String given = System.getenv("COSIGN_PASSWORD");
        if (given != null) {
            return given;
        }
        Console console = System.console();
        // since Java 22 there is a console without a terminal, too
        char[] typed = console == null || !console.isTerminal() ? null : console.readPassword("%s: ", question);
        if (typed == null) {
            throw new BerthException(
                    ErrorCode.INVALID, "no password for the key: set COSIGN_PASSWORD, or run this at a terminal");
        }
        return new String(typed);
    }
}
