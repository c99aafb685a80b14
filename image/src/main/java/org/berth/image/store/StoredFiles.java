package org.berth.image.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Small JSON files with a version in them; one of another version is refused by name. */
public final class StoredFiles {
    /** The C library's words for ENOSPC; Java keeps no number. */
    private static final String FULL_MESSAGE = "No space left on device";

    private StoredFiles() {}

    static <T> Optional<T> read(Path file, Class<T> type, int version) {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("read " + file + ": " + e.getMessage(), e);
        }
        try {
            JsonNode tree = Json.MAPPER.readTree(content);
            int found = tree.path("version").asInt(0);
            if (found != version) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        file + " is of version " + found + ", this Berth knows version " + version
                                + "; use the Berth that wrote it, or another BERTH_ROOT");
            }
            return Optional.of(Json.MAPPER.treeToValue(tree, type));
        } catch (JacksonException e) {
            throw new BerthException(ErrorCode.INTERNAL, file + " can't be read: " + e.getOriginalMessage(), e);
        }
    }

    static void write(Path file, Object content) {
        AtomicFiles.write(file, Json.MAPPER.writeValueAsBytes(content));
    }

    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("remove " + file + ": " + e.getMessage(), e);
        }
    }

    /** What a failure of a file means: a full disk is told from the rest. */
    public static RuntimeException failed(String action, IOException cause) {
        String message = action + ": " + cause.getMessage();
        boolean full = String.valueOf(cause.getMessage()).contains(FULL_MESSAGE);
        return full
                ? new BerthException(ErrorCode.EXHAUSTED, message, cause)
                : new UncheckedIOException(message, cause);
    }

    static boolean isFull(SystemCallException e) {
        return e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT;
    }
}
