package org.berth.base;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The form of what Berth keeps on disk: a JSON object with the version of its form. One of another version, or damaged, is
 * refused by the name of its file and with what to do about it; never read for less than it was.
 */
public final class StoredRecords {
    private static final String VERSION = "version";

    /** Where the parser's message goes on with what only its users understand. */
    private static final Pattern DETAILS = Pattern.compile("[;\\n(].*", Pattern.DOTALL);

    private StoredRecords() {}

    /** The same mapper for stored records: a component that is missing is an error, not null, 0 or false. */
    public static JsonMapper strict(JsonMapper mapper) {
        return mapper.rebuild()
                .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
    }

    /**
     * A record's bytes, with the version of its form before its own components. No tree is made of it, which would take
     * as long again.
     *
     * @param record with at least one component, and none of the name "version"
     */
    public static byte[] encode(JsonMapper mapper, int version, Object record) {
        byte[] beginning = ("{\"" + VERSION + "\":" + version + ",").getBytes(StandardCharsets.US_ASCII);
        byte[] object = mapper.writeValueAsBytes(record);
        byte[] whole = Arrays.copyOf(beginning, beginning.length + object.length - 1);
        System.arraycopy(object, 1, whole, beginning.length, object.length - 1);
        return whole;
    }

    /**
     * Reads a record.
     *
     * @param mapper a {@link #strict} one
     * @param file where the content is from, for errors
     * @param remedy what a user can do about one that is damaged: "remove the file, ..."
     * @throws BerthException UNSUPPORTED for another version, INTERNAL for what is damaged or bears none
     */
    public static <T> T decode(
            JsonMapper mapper, Path file, byte[] content, Class<T> type, int version, String remedy) {
        try {
            JsonNode tree = mapper.readTree(content);
            check(file, tree, version, remedy);
            return mapper.treeToValue(tree, type);
        } catch (JacksonException e) {
            throw damaged(
                    file,
                    DETAILS.matcher(e.getOriginalMessage()).replaceFirst("").strip(),
                    remedy,
                    e);
        } catch (IllegalArgumentException e) {
            throw damaged(file, String.valueOf(e.getMessage()), remedy, e);
        }
    }

    private static void check(Path file, JsonNode tree, int version, String remedy) {
        JsonNode found = tree.path(VERSION);
        if (!found.isInt()) {
            throw new BerthException(
                    ErrorCode.INTERNAL,
                    file + " is damaged: it bears no version (this Berth knows version " + version + "): " + remedy);
        }
        if (found.intValue() != version) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    file + " is of version " + found.intValue() + ", this Berth knows version " + version
                            + ": use the Berth that wrote it, or another BERTH_ROOT and BERTH_RUN");
        }
    }

    private static BerthException damaged(Path file, String why, String remedy, Exception cause) {
        return new BerthException(ErrorCode.INTERNAL, file + " is damaged: " + why + ": " + remedy, cause);
    }
}
