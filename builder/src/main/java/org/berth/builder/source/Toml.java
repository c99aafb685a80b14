package org.berth.builder.source;

import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** Reads TOML as a tree. */
final class Toml {
    private static final TomlMapper MAPPER = new TomlMapper();

    private Toml() {}

    static JsonNode read(String file, String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JacksonException e) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    file + ":" + e.getLocation().getLineNr() + ": not TOML: " + e.getOriginalMessage(),
                    e);
        }
    }
}
