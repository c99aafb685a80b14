package org.berth.engine;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.engine.ContainerRequest.Mount;
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

/** The engine's stored records: JSON objects with a version, written whole; an unknown version is refused. */
final class RecordFormat {
    static final int VERSION = 1;
    private static final String VERSION_KEY = "version";

    private static final JsonMapper MAPPER = Json.MAPPER
            .rebuild()
            .addMixIn(Mount.class, MountTypes.class)
            .addModule(new SimpleModule()
                    .addSerializer(Inet4Address.class, new AddressWriter())
                    .addDeserializer(Inet4Address.class, new AddressReader()))
            .build();

    private RecordFormat() {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Mount.Volume.class, name = "volume"),
        @JsonSubTypes.Type(value = Mount.Bind.class, name = "bind"),
        @JsonSubTypes.Type(value = Mount.Memory.class, name = "memory")
    })
    private interface MountTypes {}

    /** The record's own keys after the version; by hand, for a tree of it would take as long again. */
    static byte[] encode(Object record) {
        byte[] version = ("{\"" + VERSION_KEY + "\":" + VERSION + ",").getBytes(StandardCharsets.US_ASCII);
        byte[] object = MAPPER.writeValueAsBytes(record);
        byte[] whole = Arrays.copyOf(version, version.length + object.length - 1);
        System.arraycopy(object, 1, whole, version.length, object.length - 1);
        return whole;
    }

    /** Writes it and forces it to the disk. */
    static void write(Path file, Object record) {
        AtomicFiles.write(file, encode(record));
    }

    static <T> T read(Path file, Class<T> type) {
        try {
            JsonNode node = MAPPER.readTree(Files.readAllBytes(file));
            int version = node.path(VERSION_KEY).asInt(0);
            if (version != VERSION) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        file + " has version " + version + ", this Berth knows version " + VERSION
                                + ": use the Berth that wrote it");
            }
            return MAPPER.treeToValue(node, type);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + file + ": " + e.getMessage(), e);
        } catch (JacksonException e) {
            throw new BerthException(ErrorCode.INTERNAL, file + " is not a record: " + e.getOriginalMessage(), e);
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
            String text = parser.getValueAsString();
            try {
                // a literal: no name is looked up
                if (InetAddress.ofLiteral(text) instanceof Inet4Address address) {
                    return address;
                }
            } catch (IllegalArgumentException e) {
                throw new UncheckedIOException(new UnknownHostException(text));
            }
            throw new UncheckedIOException(new UnknownHostException(text));
        }
    }
}
