package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.berth.base.Json;
import org.berth.builder.dockerfile.Instruction.Declaration;
import org.berth.builder.dockerfile.Instruction.Pair;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Reads a Dockerfile (Docker's reference, "Dockerfile reference"). What of the language is not here is
 * refused by its name, never passed over.
 */
public final class DockerfileParser {
    private static final int STAGES_MAX = 100;
    private static final int INSTRUCTIONS_MAX = 2000;

    private static final Set<String> ELSEWHERE = Set.of("HEALTHCHECK", "ONBUILD", "SHELL", "STOPSIGNAL", "MAINTAINER");
    private static final Set<String> FLAGS_ELSEWHERE = Set.of(
            "mount",
            "network",
            "security",
            "device",
            "platform",
            "chmod",
            "link",
            "parents",
            "exclude",
            "checksum",
            "keep-git-dir",
            "unpack",
            "from",
            "chown");
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern STAGE_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]*");
    private static final Pattern HERE_DOCUMENT = Pattern.compile("(^|[^<])<<-?\\s*[\"']?[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern REMOTE = Pattern.compile("(?i)(https?|ftp|git)://.*|git@.*");

    private final char escape;

    private DockerfileParser(char escape) {
        this.escape = escape;
    }

    /**
     * Reads a Dockerfile.
     *
     * @param file its name, for errors
     */
    public static Dockerfile parse(String file, String text) {
        LineReader reader = new LineReader(file, text);
        List<LogicalLine> lines = reader.read();
        if (lines.size() > INSTRUCTIONS_MAX) {
            throw new Place(file, 1).invalid("more than " + INSTRUCTIONS_MAX + " instructions");
        }
        return new DockerfileParser(reader.escape()).stages(file, lines);
    }

    private Dockerfile stages(String file, List<LogicalLine> lines) {
        List<Instruction.Argument> globals = new ArrayList<>();
        List<Dockerfile.Stage> stages = new ArrayList<>();
        List<Instruction> current = new ArrayList<>();
        Optional<Instruction.From> from = Optional.empty();
        for (LogicalLine line : lines) {
            Instruction instruction = instruction(line);
            if (instruction instanceof Instruction.From next) {
                from.ifPresent(before -> stages.add(new Dockerfile.Stage(before, current)));
                current.clear();
                from = Optional.of(next);
            } else if (from.isPresent()) {
                current.add(instruction);
            } else if (instruction instanceof Instruction.Argument argument) {
                globals.add(argument);
            } else {
                throw line.place()
                        .invalid(line.keyword() + " before FROM: a Dockerfile begins with FROM, or with ARGs for it");
            }
        }
        from.ifPresent(last -> stages.add(new Dockerfile.Stage(last, current)));
        if (stages.isEmpty()) {
            throw new Place(file, 1)
                    .invalid("no FROM: an image to begin with was expected, such as FROM debian:bookworm");
        }
        if (stages.size() > STAGES_MAX) {
            throw stages.getLast().from().place().invalid("more than " + STAGES_MAX + " stages");
        }
        return new Dockerfile(globals, stages, escape);
    }

    private Instruction instruction(LogicalLine line) {
        if (ELSEWHERE.contains(line.keyword())) {
            throw line.place().unsupported(line.keyword() + " is not supported yet");
        }
        if (line.rest().isEmpty() && KNOWN.contains(line.keyword())) {
            throw line.place().invalid(line.keyword() + " needs at least one argument");
        }
        Place place = line.place();
        String text = line.text();
        return switch (line.keyword()) {
            case "FROM" -> from(line);
            case "RUN" -> new Instruction.Run(place, text, run(line));
            case "COPY" -> copy(line, false);
            case "ADD" -> copy(line, true);
            case "ENV" -> new Instruction.Environment(place, text, pairs(line));
            case "LABEL" -> new Instruction.Label(place, text, pairs(line));
            case "ARG" -> argument(line);
            case "WORKDIR" -> new Instruction.WorkingDirectory(place, text, line.rest());
            case "USER" -> new Instruction.User(place, text, line.rest());
            case "EXPOSE" -> new Instruction.Expose(place, text, words(line));
            case "VOLUME" ->
                new Instruction.Volume(place, text, json(line.rest()).orElseGet(() -> words(line)));
            case "CMD" -> new Instruction.Command(place, text, invocation(line));
            case "ENTRYPOINT" -> new Instruction.Entrypoint(place, text, invocation(line));
            default ->
                throw place.invalid("'" + line.keyword() + "' is no instruction; expected one of "
                        + String.join(", ", KNOWN.stream().sorted().toList()));
        };
    }

    private static final Set<String> KNOWN = Set.of(
            "FROM",
            "RUN",
            "COPY",
            "ADD",
            "ENV",
            "LABEL",
            "ARG",
            "WORKDIR",
            "USER",
            "EXPOSE",
            "VOLUME",
            "CMD",
            "ENTRYPOINT");

    private Instruction from(LogicalLine line) {
        Flags flags = flags(line, Set.of());
        List<String> words = Words.split(flags.rest(), escape, line.place());
        boolean named = words.size() == 3 && words.get(1).equalsIgnoreCase("AS");
        if (words.size() != 1 && !named) {
            throw line.place().invalid("expected FROM image, or FROM image AS name");
        }
        Optional<String> name = named ? Optional.of(words.get(2).toLowerCase(Locale.ROOT)) : Optional.empty();
        if (name.isPresent() && !STAGE_NAME.matcher(name.get()).matches()) {
            throw line.place()
                    .invalid("stage name '" + name.get() + "': expected a letter, then letters, digits, _ - .");
        }
        return new Instruction.From(line.place(), line.text(), words.getFirst(), name);
    }

    private Invocation run(LogicalLine line) {
        Flags flags = flags(line, Set.of());
        refuseHereDocument(line, flags.rest());
        return invocation(line.place(), flags.rest());
    }

    private Instruction copy(LogicalLine line, boolean add) {
        String keyword = line.keyword();
        Flags flags = flags(line, add ? Set.of("chown") : Set.of("chown", "from"));
        refuseHereDocument(line, flags.rest());
        Optional<List<String>> list = json(flags.rest());
        List<String> words = list.isPresent()
                ? list.get().stream().map(this::literal).toList()
                : Words.split(flags.rest(), escape, line.place());
        if (words.size() < 2) {
            throw line.place().invalid(keyword + " needs at least one source and a target");
        }
        List<String> sources = words.subList(0, words.size() - 1);
        for (String source : sources) {
            if (add && REMOTE.matcher(source).matches()) {
                throw line.place().unsupported("ADD of '" + source + "': ADD takes local files only; fetch it by RUN");
            }
        }
        return new Instruction.Copy(
                line.place(),
                line.text(),
                add,
                Optional.ofNullable(flags.values().get("from")),
                Optional.ofNullable(flags.values().get("chown")),
                List.copyOf(sources),
                words.getLast());
    }

    /** A word of a JSON list has variables, but neither quotes nor escapes. */
    private String literal(String word) {
        StringBuilder quoted = new StringBuilder();
        for (char c : word.toCharArray()) {
            if (c == '\'' || c == '"' || c == escape) {
                quoted.append(escape);
            }
            quoted.append(c);
        }
        return quoted.toString();
    }

    private Instruction argument(LogicalLine line) {
        List<Declaration> declarations = new ArrayList<>();
        for (String word : words(line)) {
            int equals = word.indexOf('=');
            String name = equals < 0 ? word : word.substring(0, equals);
            if (!NAME.matcher(name).matches()) {
                throw line.place().invalid("ARG '" + name + "': a name of letters, digits and _ was expected");
            }
            declarations.add(
                    new Declaration(name, equals < 0 ? Optional.empty() : Optional.of(word.substring(equals + 1))));
        }
        return new Instruction.Argument(line.place(), line.text(), declarations);
    }

    /** "name=value name=value", or the old "name value to the end". */
    private List<Pair> pairs(LogicalLine line) {
        List<String> words = words(line);
        if (!words.getFirst().contains("=")) {
            String name = words.getFirst();
            String value = line.rest().substring(name.length()).strip();
            if (value.isEmpty()) {
                throw line.place().invalid(line.keyword() + " " + name + ": expected name=value");
            }
            return List.of(new Pair(name, value));
        }
        List<Pair> pairs = new ArrayList<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 1) {
                throw line.place().invalid(line.keyword() + " '" + word + "': expected name=value");
            }
            pairs.add(new Pair(word.substring(0, equals), word.substring(equals + 1)));
        }
        return pairs;
    }

    private Invocation invocation(LogicalLine line) {
        return invocation(line.place(), line.rest());
    }

    private static Invocation invocation(Place place, String rest) {
        if (rest.isEmpty()) {
            throw place.invalid("a command was expected");
        }
        return json(rest)
                .map(words -> new Invocation(false, words))
                .orElseGet(() -> new Invocation(true, List.of(rest)));
    }

    /** A JSON list of texts; anything else is a line for the shell, as Docker has it. */
    private static Optional<List<String>> json(String text) {
        if (!text.startsWith("[")) {
            return Optional.empty();
        }
        try {
            JsonNode node = Json.MAPPER.readTree(text);
            List<String> words = new ArrayList<>();
            for (JsonNode element : node) {
                if (!element.isString()) {
                    return Optional.empty();
                }
                words.add(element.stringValue());
            }
            return Optional.of(words);
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    private List<String> words(LogicalLine line) {
        return Words.split(line.rest(), escape, line.place());
    }

    /** "--name=value" words before the others. */
    private Flags flags(LogicalLine line, Set<String> allowed) {
        Map<String, String> values = new java.util.TreeMap<>();
        String rest = line.rest();
        while (rest.startsWith("--")) {
            String word = rest.split("\\s", 2)[0];
            rest = rest.substring(word.length()).strip();
            int equals = word.indexOf('=');
            String name = equals < 0 ? word.substring(2) : word.substring(2, equals);
            if (allowed.contains(name) && equals > 0) {
                values.put(name, word.substring(equals + 1));
            } else if (allowed.contains(name)) {
                throw line.place().invalid(word + ": expected --" + name + "=VALUE");
            } else if (FLAGS_ELSEWHERE.contains(name)) {
                throw line.place().unsupported(line.keyword() + " --" + name + " is not supported yet");
            } else {
                throw line.place().invalid(line.keyword() + " has no flag --" + name);
            }
        }
        return new Flags(values, rest);
    }

    private static void refuseHereDocument(LogicalLine line, String text) {
        if (HERE_DOCUMENT.matcher(text).find()) {
            throw line.place().unsupported(line.keyword() + " with a here-document (<<) is not supported yet");
        }
    }

    private record Flags(Map<String, String> values, String rest) {}
}
