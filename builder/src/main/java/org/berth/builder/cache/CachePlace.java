package org.berth.builder.cache;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.image.Reference;

/** Where a cache is kept. */
public sealed interface CachePlace {
    /** As people write it. */
    String name();

    /** A tag of a registry's repository. */
    record Registry(Reference reference) implements CachePlace {
        @Override
        public String name() {
            return reference.familiar();
        }
    }

    /**
     * A folder of this machine, an OCI image layout.
     *
     * @param folder absolute
     * @param tag which of its caches
     */
    record Folder(Path folder, String tag) implements CachePlace {
        @Override
        public String name() {
            return folder + (tag.equals(STANDARD_TAG) ? "" : ":" + tag);
        }
    }

    /** The tag that a folder's cache has when none is said. */
    String STANDARD_TAG = "latest";

    /**
     * Where to read one: "type=registry,ref=NAME", "type=local,src=FOLDER[,tag=TAG]", or a name alone, which is a registry's.
     *
     * @throws BerthException INVALID for what is not of that form, UNSUPPORTED for another type
     */
    static CachePlace from(String text) {
        return place("--cache-from", "src", fields("--cache-from", text, Set.of("type", "ref", "src", "tag")));
    }

    /**
     * Where a build's steps go.
     *
     * @param all whether the layers of every step go there, not only those of the image
     * @param mayFail whether the build is done though they can't go there
     */
    record Export(CachePlace place, boolean all, boolean mayFail) {
        /** "type=registry,ref=NAME[,mode=max]", "type=local,dest=FOLDER[,tag=TAG][,mode=max]", or a registry's name alone. */
        public static Export of(String text) {
            Map<String, String> fields =
                    fields("--cache-to", text, Set.of("type", "ref", "dest", "tag", "mode", "ignore-error"));
            String mode = fields.getOrDefault("mode", "min");
            if (!Set.of("min", "max").contains(mode)) {
                throw invalid("--cache-to", text, "expected mode=min or mode=max");
            }
            CachePlace place = CachePlace.place("--cache-to", "dest", fields);
            if (place instanceof Registry registry && registry.reference().tag().isEmpty()) {
                throw invalid("--cache-to", text, "expected a name with a tag, not a digest");
            }
            boolean mayFail = Set.of("true", "1").contains(fields.getOrDefault("ignore-error", "false"));
            return new Export(place, mode.equals("max"), mayFail);
        }
    }

    private static Map<String, String> fields(String option, String text, Set<String> known) {
        Map<String, String> fields = new LinkedHashMap<>();
        if (!text.contains("=")) {
            return Map.of("type", "registry", "ref", text);
        }
        for (String field : text.split(",", -1)) {
            int equals = field.indexOf('=');
            String name = equals < 0 ? field : field.substring(0, equals);
            if (equals < 0 || !known.contains(name)) {
                throw invalid(
                        option, text, "unknown field '" + name + "'; expected some of " + String.join(", ", known));
            }
            fields.put(name, field.substring(equals + 1));
        }
        return fields;
    }

    private static CachePlace place(String option, String folderField, Map<String, String> fields) {
        String type = fields.getOrDefault("type", "");
        return switch (type) {
            case "registry" -> new Registry(Reference.parse(required(option, fields, "ref", "type=registry")));
            case "local" -> {
                Path folder = Path.of(required(option, fields, folderField, "type=local"));
                if (!folder.isAbsolute()) {
                    throw invalid(option, folder.toString(), "expected an absolute path");
                }
                yield new Folder(folder.normalize(), fields.getOrDefault("tag", STANDARD_TAG));
            }
            default ->
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        option + ": a cache of type=" + type + " is not supported: expected type=registry,ref=NAME or"
                                + " type=local," + folderField + "=FOLDER");
        };
    }

    private static String required(String option, Map<String, String> fields, String name, String type) {
        String text = fields.getOrDefault(name, "");
        if (text.isEmpty()) {
            throw invalid(option, type, "expected " + name + "=...");
        }
        return text;
    }

    private static BerthException invalid(String option, String text, String reason) {
        return new BerthException(ErrorCode.INVALID, option + " " + text + ": " + reason);
    }
}
