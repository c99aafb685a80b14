package org.berth.base;

import java.net.URI;
import java.nio.file.Path;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/** The one JSON mapper: records by their component names, unknown keys ignored, times and paths as text. */
public final class Json {
    /** Compact output, for the wire and for stored records. */
    public static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .addModule(new SimpleModule()
                    .addSerializer(Path.class, new PathWriter())
                    .addDeserializer(Path.class, new PathReader()))
            .build();

    private Json() {}

    /** Indented output, for people. */
    public static JsonMapper pretty() {
        return Pretty.MAPPER;
    }

    /** Set up when it is first used. */
    private static final class Pretty {
        static final JsonMapper MAPPER =
                Json.MAPPER.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();

        private Pretty() {}
    }

    /** As it is: the library's own way makes it a URI, and looks at the disk for whether it is a folder. */
    private static final class PathWriter extends ValueSerializer<Path> {
        @Override
        public void serialize(Path path, JsonGenerator generator, SerializationContext context) {
            generator.writeString(path.toString());
        }
    }

    private static final class PathReader extends ValueDeserializer<Path> {
        @Override
        public Path deserialize(JsonParser parser, DeserializationContext context) {
            String text = parser.getString();
            return text.startsWith("file:///")
                    ? Path.of(URI.create(text))
                    : Path.of(text); // the first Berth wrote URIs
        }
    }
}
