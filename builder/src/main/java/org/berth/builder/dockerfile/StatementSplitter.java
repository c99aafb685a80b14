package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.berth.base.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;

/** Takes a statement apart: keyword, flags, and arguments in the form that the keyword has. */
final class StatementSplitter {
    private static final Pattern SPACES = Pattern.compile("[\\t\\x0b\\f\\r ]+");
    private static final ObjectReader STRICT =
            Json.MAPPER.readerFor(JsonNode.class).with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final int NESTING_MAX = 8;

    private final char escape;

    StatementSplitter(char escape) {
        this.escape = escape;
    }

    Statement split(Place place, String line) {
        return split(place, line, 0);
    }

    private Statement split(Place place, String line, int depth) {
        if (depth > NESTING_MAX) {
            throw place.invalid("ONBUILD in ONBUILD, more than " + NESTING_MAX + " deep");
        }
        String text = line.strip();
        String[] parts = SPACES.split(text, 2);
        FlagWords flags = FlagWords.of(parts.length == 2 ? parts[1] : "", escape);
        String rest = flags.rest().strip();
        Optional<Statement> nested = Optional.empty();
        Arguments arguments = Arguments.NONE;
        switch (parts[0].toUpperCase(Locale.ROOT)) {
            case "ADD", "COPY", "VOLUME" -> arguments = list(place, rest).orElseGet(() -> Arguments.of(words(rest)));
            case "CMD", "ENTRYPOINT", "RUN", "SHELL" -> arguments = listOrLine(place, rest);
            case "HEALTHCHECK" -> arguments = health(place, rest);
            case "ARG" -> arguments = Arguments.of(Words.split(rest, escape));
            case "ENV", "LABEL" -> arguments = Arguments.of(pairs(place, parts[0].toUpperCase(Locale.ROOT), rest));
            case "EXPOSE", "FROM" -> arguments = Arguments.of(words(rest));
            case "MAINTAINER", "STOPSIGNAL", "USER", "WORKDIR" -> arguments = line(rest);
            case "ONBUILD" -> nested = rest.isEmpty() ? nested : Optional.of(split(place, rest, depth + 1));
            default -> {
                // an unknown keyword is refused by who looks at its meaning
            }
        }
        return new Statement(
                place,
                parts[0],
                text,
                flags.words(),
                arguments.words(),
                arguments.list(),
                nested,
                List.of(),
                List.of(),
                false);
    }

    private static List<String> words(String rest) {
        return rest.isEmpty() ? List.of() : List.of(SPACES.split(rest, -1));
    }

    private static Arguments line(String rest) {
        return rest.isEmpty() ? Arguments.NONE : Arguments.of(List.of(rest));
    }

    private static Arguments listOrLine(Place place, String rest) {
        return list(place, rest).orElseGet(() -> line(rest));
    }

    /** "CMD" and what is to be run. */
    private static Arguments health(Place place, String rest) {
        if (rest.isEmpty()) {
            return Arguments.NONE;
        }
        int end = 0;
        while (end < rest.length() && !Character.isWhitespace(rest.charAt(end))) {
            end++;
        }
        Arguments command = listOrLine(place, rest.substring(end).strip());
        List<String> all = new ArrayList<>(List.of(rest.substring(0, end)));
        all.addAll(command.words());
        return new Arguments(all, command.list());
    }

    /** Name, value and "=" by threes; the old form "name value to the end" has "" for the last. */
    private List<String> pairs(Place place, String keyword, String rest) {
        List<String> words = Words.split(rest, escape);
        if (words.isEmpty()) {
            return List.of();
        }
        if (!words.getFirst().contains("=")) {
            String[] parts = SPACES.split(rest, 2);
            if (parts.length < 2) {
                throw place.invalid(keyword + " " + rest + ": must have two arguments, expected name=value");
            }
            return List.of(parts[0], parts[1], "");
        }
        List<String> pairs = new ArrayList<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 0) {
                throw place.invalid(keyword + " '" + word + "': no = in it, expected name=value");
            }
            pairs.addAll(List.of(word.substring(0, equals), word.substring(equals + 1), "="));
        }
        return pairs;
    }

    /** A JSON list of texts; what is no list is for another form. */
    private static Optional<Arguments> list(Place place, String rest) {
        if (!rest.stripLeading().startsWith("[")) {
            return Optional.empty();
        }
        List<String> words = new ArrayList<>();
        try {
            JsonNode node = STRICT.readValue(rest);
            for (JsonNode element : node) {
                if (!element.isString()) {
                    throw place.invalid("a list in JSON must have texts alone: '" + element + "' is none");
                }
                words.add(element.stringValue());
            }
        } catch (JacksonException e) {
            return Optional.empty();
        }
        return Optional.of(new Arguments(words, true));
    }

    private record Arguments(List<String> words, boolean list) {
        static final Arguments NONE = of(List.of());

        static Arguments of(List<String> words) {
            return new Arguments(words, false);
        }
    }
}
