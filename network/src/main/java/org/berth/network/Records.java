package org.berth.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.base.Json;
import org.berth.base.StoredRecords;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * Records of one kind, a JSON file each, in a folder. Each file bears the version of its form; one of
 * another version is refused by name, so that an older Berth never misreads a newer one's state.
 *
 * @param <T> the record
 */
final class Records<T> {
    /** How long a record may live. */
    enum Durability {
        /** On disk before a write returns: survives a power cut. */
        LASTING,
        /** Survives the daemon's death, not the machine's: what it speaks of doesn't either. */
        WHILE_RUNNING
    }

    /** Addresses are written as text; reading one asks no DNS. */
    private static final JsonMapper MAPPER = StoredRecords.strict(Json.MAPPER
            .rebuild()
            .addModule(new SimpleModule()
                    .addSerializer(Inet4Address.class, new AddressWriter())
                    .addDeserializer(Inet4Address.class, new AddressReader()))
            .build());

    private static final Logger LOG = LoggerFactory.getLogger(Records.class);

    private static final String SUFFIX = ".json";
    private static final String REMEDY = "put it back from a copy, or remove it";

    private final Path folder;
    private final Class<T> type;
    private final int version;
    private final Durability durability;

    Records(Path folder, Class<T> type, int version, Durability durability) {
        this.folder = folder;
        this.type = type;
        this.version = version;
        this.durability = durability;
    }

    /** Writes a record whole. */
    void put(String name, T value) {
        byte[] bytes = StoredRecords.encode(MAPPER, version, value);
        if (durability == Durability.LASTING) {
            AtomicFiles.write(file(name), bytes);
        } else {
            replace(file(name), bytes);
        }
    }

    /** Removes a record; none is no error. */
    void remove(String name) {
        try {
            Files.deleteIfExists(file(name));
        } catch (IOException e) {
            throw new UncheckedIOException("remove " + file(name) + ": " + e.getMessage(), e);
        }
    }

    /**
     * Every record by its name. One that is damaged is said, and left out: it must not keep the others away.
     *
     * @throws BerthException UNSUPPORTED for one of another version: to go on without would be to give away subnets,
     *     addresses and ports that are in use
     */
    Map<String, T> all() {
        Map<String, T> records = new LinkedHashMap<>();
        if (!Files.isDirectory(folder)) {
            return records;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                String name = String.valueOf(file.getFileName());
                if (!name.startsWith(".") && name.endsWith(SUFFIX)) {
                    String key = name.substring(0, name.length() - SUFFIX.length());
                    read(file).ifPresent(value -> records.put(URLDecoder.decode(key, StandardCharsets.UTF_8), value));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("read " + folder + ": " + e.getMessage(), e);
        }
        return records;
    }

    private Optional<T> read(Path file) throws IOException {
        try {
            return Optional.of(StoredRecords.decode(MAPPER, file, Files.readAllBytes(file), type, version, REMEDY));
        } catch (BerthException e) {
            if (e.code() == ErrorCode.UNSUPPORTED) {
                throw e;
            }
            LOG.error("a record is left out: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** Encoded, so that no name leads out of the folder. */
    private Path file(String name) {
        return folder.resolve(URLEncoder.encode(name, StandardCharsets.UTF_8) + SUFFIX);
    }

    private static void replace(Path file, byte[] content) {
        Path draft = file.resolveSibling("." + file.getFileName());
        try {
            Files.createDirectories(file.resolveSibling(".").normalize());
            Files.write(draft, content);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw FileErrors.of("write " + file, e);
        }
    }

    private static final class AddressWriter extends ValueSerializer<Inet4Address> {
        @Override
        public void serialize(Inet4Address address, JsonGenerator generator, SerializationContext context) {
            generator.writeString(address.getHostAddress());
        }
    }

    private static final class AddressReader extends ValueDeserializer<Inet4Address> {
        @Override
        public Inet4Address deserialize(JsonParser parser, DeserializationContext context) {
            return Inet4Address.ofLiteral(parser.getValueAsString(""));
        }
    }
}
