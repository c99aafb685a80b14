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
import org.berth.base.Json;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;

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
    private static final JsonMapper MAPPER = Json.MAPPER
            .rebuild()
            .addModule(new SimpleModule()
                    .addSerializer(Inet4Address.class, new AddressWriter())
                    .addDeserializer(Inet4Address.class, new AddressReader()))
            .build();

    private static final Logger LOG = LoggerFactory.getLogger(Records.class);

    private static final String SUFFIX = ".json";
    private static final String VERSION = "version";

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
        ObjectNode content = MAPPER.valueToTree(value);
        ObjectNode versioned = MAPPER.createObjectNode().put(VERSION, version);
        versioned.setAll(content);
        byte[] bytes = MAPPER.writeValueAsBytes(versioned);
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
     * Every record by its name.
     *
     * @throws BerthException UNSUPPORTED for a version that is not known, INVALID for what is no record
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

    /** A record that need not survive a power cut may be damaged by one: it spoke of what is gone. */
    private Optional<T> read(Path file) throws IOException {
        try {
            JsonNode content = MAPPER.readTree(Files.readAllBytes(file));
            int found = content.path(VERSION).asInt(0);
            if (found != version) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        file + " is of version " + found + ", this Berth knows version " + version
                                + ": use the Berth that wrote it, or a newer one");
            }
            return Optional.of(MAPPER.treeToValue(content, type));
        } catch (JacksonException e) {
            if (durability == Durability.WHILE_RUNNING) {
                LOG.warn("{} is damaged and ignored: {}", file, e.getOriginalMessage());
                return Optional.empty();
            }
            throw new BerthException(ErrorCode.INVALID, file + " is damaged: " + e.getOriginalMessage(), e);
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
            throw new UncheckedIOException("write " + file + ": " + e.getMessage(), e);
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
