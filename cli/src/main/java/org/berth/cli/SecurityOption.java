package org.berth.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** {@code --security-opt seccomp=FILE}: the daemon gets the profile's text, as docker's does. */
final class SecurityOption {
    private static final String SECCOMP = "seccomp=";
    private static final String UNCONFINED = "unconfined";

    /** The choice to learn what a program needs. */
    static final String LEARN = "learn";

    private SecurityOption() {}

    /** Whether a profile can be written there is to be known before a long run, not after it. */
    static void checkWritable(Path file) {
        Path folder = file.toAbsolutePath().resolveSibling("").normalize();
        if (!Files.isWritable(folder) || Files.isDirectory(file)) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "--learn-seccomp: can't write " + file + ": expected a file in a folder that is there");
        }
    }

    /** Writes a profile that was learned. */
    static void write(Path file, String profile) {
        if (profile.isEmpty()) {
            throw new BerthException(
                    ErrorCode.FAILED,
                    "no system calls were learned: the daemon was started again meanwhile, or too many run");
        }
        try {
            Files.writeString(file, profile);
        } catch (IOException e) {
            throw new BerthException(ErrorCode.INVALID, "--learn-seccomp: can't write " + file, e);
        }
    }

    /** "unconfined", or the text of the file. */
    static String seccomp(String option) {
        if (!option.startsWith(SECCOMP) || option.length() == SECCOMP.length()) {
            throw new BerthException(
                    ErrorCode.INVALID, "--security-opt '" + option + "': expected seccomp=FILE or seccomp=unconfined");
        }
        String value = option.substring(SECCOMP.length());
        if (value.equals(UNCONFINED)) {
            return value;
        }
        try {
            return Files.readString(Path.of(value));
        } catch (IOException e) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "--security-opt: the profile " + value + " can't be read; expected a file in docker's JSON format",
                    e);
        }
    }
}
