package org.berth.image.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.berth.base.AtomicFiles;
import org.berth.base.Json;
import org.berth.base.StoredRecords;
import org.berth.image.oci.BlobDescriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/** Small JSON files with a version in them; one of another version is refused by name. */
public final class StoredFiles {
    private static final JsonMapper MAPPER = StoredRecords.strict(Json.MAPPER
            .rebuild()
            .addModule(new SimpleModule().addDeserializer(BlobDescriptor.class, new DescriptorReader()))
            .build());

    private StoredFiles() {}

    /**
     * Reads one; empty when there is none.
     *
     * @param remedy what a user can do about one that is damaged
     */
    static <T> Optional<T> read(Path file, Class<T> type, int version, String remedy) {
        try {
            return Optional.of(StoredRecords.decode(MAPPER, file, Files.readAllBytes(file), type, version, remedy));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("read " + file + ": " + e.getMessage(), e);
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

    static boolean isFull(SystemCallException e) {
        return e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT;
    }

    /** A document's descriptor leaves out what is empty; what names no blob is none. */
    private static final class DescriptorReader extends ValueDeserializer<BlobDescriptor> {
        @Override
        public BlobDescriptor deserialize(JsonParser parser, DeserializationContext context) {
            BlobDescriptor descriptor = Json.MAPPER.treeToValue(context.readTree(parser), BlobDescriptor.class);
            Digest.parse(descriptor.digest());
            return descriptor;
        }
    }
}
