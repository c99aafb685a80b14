package org.berth.engine;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.io.IOException;
import java.net.Inet4Address;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.base.StoredRecords;
import org.berth.engine.ContainerRequest.Mount;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;

/** The engine's stored records: JSON objects with a version, written whole; an unknown version is refused. */
final class RecordFormat {
    static final int VERSION = 1;

    private static final JsonMapper MAPPER = StoredRecords.strict(Json.MAPPER
            .rebuild()
            .addMixIn(Mount.class, MountTypes.class)
            .addModule(new SimpleModule()
                    .addSerializer(Inet4Address.class, new AddressWriter())
                    .addDeserializer(Inet4Address.class, new AddressReader()))
            .build());

    /** The last two components of a request that is whole: neither a label nor a variable looks like this. */
    private static final Pattern COMPLETE = Pattern.compile(
            "\"runtime\":(null|\"(?:[^\"\\\\]|\\\\.)*\"),\"jail\":(null|\\{.*\"sharesIpc\":(true|false))");

    private RecordFormat() {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Mount.Volume.class, name = "volume"),
        @JsonSubTypes.Type(value = Mount.Bind.class, name = "bind"),
        @JsonSubTypes.Type(value = Mount.Memory.class, name = "memory")
    })
    private interface MountTypes {}

    static byte[] encode(Object record) {
        return StoredRecords.encode(MAPPER, VERSION, record);
    }

    /** Writes it and forces it to the disk. */
    static void write(Path file, Object record) {
        AtomicFiles.write(file, encode(record));
    }

    /**
     * Reads one.
     *
     * @param remedy what a user can do about one that is damaged
     * @throws BerthException for another version, and for what is damaged or can't be read
     */
    static <T> T read(Path file, Class<T> type, String remedy) {
        try {
            byte[] content = completed(Files.readAllBytes(file), type);
            return StoredRecords.decode(MAPPER, file, content, type, VERSION, remedy);
        } catch (IOException e) {
            throw new BerthException(ErrorCode.INTERNAL, "read " + file + ": " + e.getMessage(), e);
        }
    }

    /** A container of before there were ranges of ids, other runtimes and other jails has none. */
    private static byte[] completed(byte[] content, Class<?> type) {
        String text = new String(content, StandardCharsets.UTF_8);
        if (type != ContainerRecord.class || COMPLETE.matcher(text).find()) {
            return content;
        }
        try {
            if (MAPPER.readTree(content) instanceof ObjectNode record
                    && record.path("request") instanceof ObjectNode request) {
                for (String added : List.of("userRange", "seccomp", "runtime", "jail")) {
                    if (!request.has(added)) {
                        request.putNull(added);
                    }
                }
                if (request.path("jail") instanceof ObjectNode jail && !jail.has("sharesIpc")) {
                    jail.putNull("ipcOf").put("sharesIpc", false);
                }
                if (request.path("resources") instanceof ObjectNode resources && !resources.has("more")) {
                    resources.putNull("more");
                }
                if (!record.has("users")) {
                    record.putNull("users");
                }
                return MAPPER.writeValueAsBytes(record);
            }
        } catch (JacksonException e) {
            // said when it is read
        }
        return content;
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
            return Inet4Address.ofLiteral(parser.getValueAsString("")); // a literal: no name is looked up
        }
    }
}
