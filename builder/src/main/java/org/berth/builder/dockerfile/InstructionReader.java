package org.berth.builder.dockerfile;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.berth.builder.dockerfile.Instruction.CopyFlags;
import org.berth.builder.dockerfile.Instruction.Declaration;
import org.berth.builder.dockerfile.Instruction.Origin;
import org.berth.builder.dockerfile.Instruction.Pair;
import org.berth.builder.dockerfile.Instruction.RunNetwork;
import org.berth.builder.dockerfile.Instruction.RunSecurity;

/** A statement's meaning: the one place that knows each instruction's flags and arguments. */
final class InstructionReader {
    private static final Set<String> KEYWORDS = Set.of(
            "ADD",
            "ARG",
            "CMD",
            "COPY",
            "ENTRYPOINT",
            "ENV",
            "EXPOSE",
            "FROM",
            "HEALTHCHECK",
            "LABEL",
            "MAINTAINER",
            "ONBUILD",
            "RUN",
            "SHELL",
            "STOPSIGNAL",
            "USER",
            "VOLUME",
            "WORKDIR");
    private static final Pattern STAGE_NAME = Pattern.compile("[a-z][a-z0-9_.-]*");
    private static final Pattern ONBUILD = Pattern.compile("(?i)^\\s*ONBUILD\\s*");
    private static final Flags.Known COPY =
            new Flags.Known(Set.of("from", "chown", "chmod"), Set.of("exclude"), Set.of("link", "parents"));
    private static final Flags.Known ADD = new Flags.Known(
            Set.of("chown", "chmod", "checksum"), Set.of("exclude"), Set.of("link", "keep-git-dir", "unpack"));
    private static final Flags.Known RUN =
            new Flags.Known(Set.of("network", "security"), Set.of("mount", "device"), Set.of());
    private static final Flags.Known HEALTH = new Flags.Known(
            Set.of("interval", "timeout", "start-period", "start-interval", "retries"), Set.of(), Set.of());
    private static final Flags.Known FROM = new Flags.Known(Set.of("platform"), Set.of(), Set.of());

    private final Statement statement;
    private final Place place;
    private final Origin origin;

    private InstructionReader(Statement statement) {
        this.statement = statement;
        this.place = statement.place();
        this.origin = new Origin(place, statement.keyword(), statement.text(), statement.comments());
    }

    static Instruction read(Statement statement) {
        return new InstructionReader(statement).instruction();
    }

    private Instruction instruction() {
        return switch (statement.name()) {
            case "FROM" -> from();
            case "RUN" -> run();
            case "COPY" -> copy(false);
            case "ADD" -> copy(true);
            case "ENV" -> new Instruction.Environment(origin, pairs());
            case "LABEL" -> new Instruction.Label(origin, pairs());
            case "ARG" -> argument();
            case "WORKDIR" -> new Instruction.WorkingDirectory(origin, one());
            case "USER" -> new Instruction.User(origin, one());
            case "STOPSIGNAL" -> new Instruction.StopSignal(origin, one());
            case "MAINTAINER" -> new Instruction.Maintainer(origin, one());
            case "EXPOSE" ->
                new Instruction.Expose(origin, some().stream().sorted().toList());
            case "VOLUME" -> volume();
            case "CMD" -> new Instruction.Command(origin, invocation(Flags.Known.NONE));
            case "ENTRYPOINT" -> new Instruction.Entrypoint(origin, invocation(Flags.Known.NONE));
            case "SHELL" -> shell();
            case "HEALTHCHECK" -> health();
            case "ONBUILD" -> onBuild();
            default ->
                throw place.invalid("unknown instruction: " + statement.keyword() + "; expected one of "
                        + String.join(", ", KEYWORDS.stream().sorted().toList()));
        };
    }

    private Instruction from() {
        Flags flags = Flags.of(statement, FROM);
        List<String> words = statement.arguments();
        boolean named = words.size() == 3 && words.get(1).equalsIgnoreCase("AS");
        if (words.size() != 1 && !named) {
            throw place.invalid("FROM requires either one or three arguments: FROM image, or FROM image AS name");
        }
        Optional<String> written = named ? Optional.of(words.get(2)) : Optional.empty();
        Optional<String> name = written.map(text -> text.toLowerCase(Locale.ROOT));
        if (name.isPresent() && !STAGE_NAME.matcher(name.get()).matches()) {
            throw place.invalid("invalid name for build stage: '" + words.get(2)
                    + "'; expected a letter, then letters, digits, _ - .");
        }
        return new Instruction.From(origin, words.getFirst(), name, written, flags.text("platform"));
    }

    private Instruction run() {
        Flags flags = Flags.of(statement, RUN);
        if (!flags.row("device").isEmpty()) {
            throw place.unsupported("RUN --device is not supported: steps get no device of the host");
        }
        flags.row("mount").forEach(mount -> RunMountReader.from(mount, place));
        return new Instruction.Run(
                origin,
                invocation(RUN),
                flags.row("mount"),
                choice("network", flags, RunNetwork.DEFAULT, RunNetwork.values()),
                choice("security", flags, RunSecurity.SANDBOX, RunSecurity.values()));
    }

    private <T extends Enum<T>> T choice(String flag, Flags flags, T standard, T[] all) {
        Optional<String> given = flags.text(flag);
        if (given.isEmpty()) {
            return standard;
        }
        for (T one : all) {
            if (one.name().toLowerCase(Locale.ROOT).equals(given.get())) {
                return one;
            }
        }
        List<String> expected = java.util.Arrays.stream(all)
                .map(one -> one.name().toLowerCase(Locale.ROOT))
                .toList();
        throw place.invalid(
                "invalid RUN --" + flag + "=" + given.get() + "; expected " + String.join(" or ", expected));
    }

    private Invocation invocation(Flags.Known known) {
        Flags.of(statement, known);
        List<String> words = statement.arguments();
        return statement.list()
                ? new Invocation(false, words)
                : new Invocation(true, words.isEmpty() ? List.of("") : words, statement.documents());
    }

    private Instruction copy(boolean add) {
        List<String> words = statement.arguments();
        if (words.size() < 2) {
            throw place.invalid(statement.name() + " requires at least two arguments: a source and a target");
        }
        Flags flags = Flags.of(statement, add ? ADD : COPY);
        if (document(words.getLast()).isPresent()) {
            throw place.invalid(statement.name() + " cannot accept a here-document as its target");
        }
        List<String> sources = new ArrayList<>();
        List<HereDocument> files = new ArrayList<>();
        for (String source : words.subList(0, words.size() - 1)) {
            Optional<HereDocument> announced = statement.list() ? Optional.empty() : document(source);
            if (announced.isPresent()) {
                files.add(statement.documents().stream()
                        .filter(one -> one.name().equals(announced.get().name()))
                        .findFirst()
                        .orElse(announced.get()));
            } else {
                sources.add(source);
            }
        }
        CopyFlags copyFlags = new CopyFlags(
                flags.text("from").filter(text -> !text.isEmpty()),
                flags.text("chown").filter(text -> !text.isEmpty()),
                flags.text("chmod").filter(text -> !text.isEmpty()),
                flags.isOn("link"),
                flags.isOn("parents"),
                flags.row("exclude"),
                flags.text("checksum").filter(text -> !text.isEmpty()),
                flags.choice("keep-git-dir"),
                flags.choice("unpack"));
        return new Instruction.Copy(origin, add, copyFlags, List.copyOf(sources), List.copyOf(files), words.getLast());
    }

    private Optional<HereDocument> document(String word) {
        try {
            return HereDocument.of(word);
        } catch (IllegalArgumentException e) {
            throw place.invalid("'" + word + "': " + e.getMessage());
        }
    }

    private Instruction argument() {
        List<Declaration> declarations = new ArrayList<>();
        for (String word : some()) {
            int equals = word.indexOf('=');
            String name = equals < 0 ? word : word.substring(0, equals);
            if (name.isEmpty()) {
                throw place.invalid("ARG names can not be blank: expected NAME or NAME=value");
            }
            declarations.add(
                    new Declaration(name, equals < 0 ? Optional.empty() : Optional.of(word.substring(equals + 1))));
        }
        return new Instruction.Argument(origin, List.copyOf(declarations));
    }

    private List<Pair> pairs() {
        List<String> words = some();
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i + 2 < words.size(); i += 3) {
            if (words.get(i).isEmpty()) {
                throw place.invalid(statement.name() + " names can not be blank: expected name=value");
            }
            pairs.add(new Pair(words.get(i), words.get(i + 1), words.get(i + 2).isEmpty()));
        }
        return List.copyOf(pairs);
    }

    private Instruction volume() {
        List<String> paths = some().stream().map(String::strip).toList();
        if (paths.stream().anyMatch(String::isEmpty)) {
            throw place.invalid("VOLUME can not be an empty text: a path was expected");
        }
        return new Instruction.Volume(origin, paths);
    }

    private Instruction shell() {
        Flags.of(statement, Flags.Known.NONE);
        if (statement.arguments().isEmpty()) {
            throw place.invalid("SHELL requires at least one argument");
        }
        if (!statement.list()) {
            throw place.invalid("SHELL requires the arguments to be in JSON form: SHELL [\"/bin/bash\", \"-c\"]");
        }
        return new Instruction.Shell(origin, statement.arguments());
    }

    private Instruction health() {
        if (statement.arguments().isEmpty()) {
            throw place.invalid("HEALTHCHECK requires at least one argument: NONE, or CMD and a command");
        }
        String type = statement.arguments().getFirst().toUpperCase(Locale.ROOT);
        List<String> words =
                statement.arguments().subList(1, statement.arguments().size());
        if (type.equals("NONE")) {
            if (!words.isEmpty()) {
                throw place.invalid("HEALTHCHECK NONE takes no arguments");
            }
            return new Instruction.HealthCheck(
                    origin, Optional.empty(), Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0);
        }
        Flags flags = Flags.of(statement, HEALTH);
        if (!type.equals("CMD")) {
            throw place.invalid("unknown type '" + type + "' in HEALTHCHECK: expected CMD or NONE");
        }
        if (words.isEmpty()) {
            throw place.invalid("missing command after HEALTHCHECK CMD");
        }
        return new Instruction.HealthCheck(
                origin,
                Optional.of(new Invocation(!statement.list(), words)),
                duration(flags, "interval"),
                duration(flags, "timeout"),
                duration(flags, "start-period"),
                duration(flags, "start-interval"),
                retries(flags));
    }

    private Duration duration(Flags flags, String name) {
        return flags.text(name)
                .filter(text -> !text.isEmpty())
                .map(text -> Durations.parse(name, text, place))
                .orElse(Duration.ZERO);
    }

    private int retries(Flags flags) {
        Optional<String> text = flags.text("retries").filter(given -> !given.isEmpty());
        if (text.isPresent() && !text.get().matches("\\d{1,9}")) {
            throw place.invalid("--retries=" + text.get() + ": a number was expected, and it cannot be negative");
        }
        return text.map(Integer::parseInt).orElse(0);
    }

    private Instruction onBuild() {
        Statement nested =
                statement.nested().orElseThrow(() -> place.invalid("ONBUILD requires at least one argument"));
        Flags.of(statement, Flags.Known.NONE);
        switch (nested.name()) {
            case "ONBUILD" -> throw place.invalid("chaining ONBUILD via ONBUILD ONBUILD isn't allowed");
            case "FROM", "MAINTAINER" -> throw place.invalid(nested.name() + " isn't allowed as an ONBUILD trigger");
            default -> {
                // any other instruction
            }
        }
        StringBuilder trigger =
                new StringBuilder(ONBUILD.matcher(statement.text()).replaceFirst(""));
        statement
                .documents()
                .forEach(document ->
                        trigger.append('\n').append(document.content()).append(document.name()));
        Instruction instruction =
                read(nested.with(place, statement.documents(), statement.comments(), statement.emptyContinuation()));
        return new Instruction.OnBuild(origin, trigger.toString(), instruction);
    }

    private String one() {
        Flags.of(statement, Flags.Known.NONE);
        if (statement.arguments().size() != 1) {
            throw place.invalid(statement.name() + " requires exactly one argument");
        }
        return statement.arguments().getFirst();
    }

    private List<String> some() {
        Flags.of(statement, Flags.Known.NONE);
        if (statement.arguments().isEmpty()) {
            throw place.invalid(statement.name() + " requires at least one argument");
        }
        return statement.arguments();
    }
}
