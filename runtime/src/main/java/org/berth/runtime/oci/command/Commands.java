package org.berth.runtime.oci.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.runtime.oci.lifecycle.Containers;
import org.berth.runtime.oci.lifecycle.Containers.Seen;
import org.berth.runtime.oci.lifecycle.CreateRequest;
import org.berth.runtime.oci.lifecycle.GroupManager;
import org.berth.runtime.oci.lifecycle.JsonText;

/** The commands: each reads its words, does one operation and prints its answer. */
final class Commands {
    private static final Option HELP = Option.flag("help,h");
    private static final Option REGEX = Option.flag("regex,r");
    private static final String ID = "the container's id";
    private static final int SIGTERM = 15;

    private static final List<Option> CREATE = List.of(
            HELP,
            Option.value("bundle,b"),
            Option.value("config,f"),
            Option.value("console-socket"),
            Option.value("pid-file"),
            Option.value("preserve-fds"),
            Option.value("pidfd-socket"),
            Option.flag("no-pivot"),
            Option.flag("no-new-keyring"),
            Option.flag("no-subreaper"),
            Option.flag("detach,d"),
            Option.flag("keep"));
    private static final List<Option> LIST = List.of(HELP, Option.value("format,f"), Option.flag("quiet,q"));

    private final Containers containers;
    private final GroupManager manager;
    private final String name;
    private final Journal journal;

    Commands(Containers containers, GroupManager manager, String name, Journal journal) {
        this.containers = containers;
        this.manager = manager;
        this.name = name;
        this.journal = journal;
    }

    /** Runs the command of that name. @return the exit code */
    int run(List<String> given) {
        journal.debug(name + " " + String.join(" ", given));
        if (!given.isEmpty()
                && (given.getFirst().equals("--help") || given.getFirst().equals("-h"))) {
            return Help.print();
        }
        return switch (name) {
            case "create" -> create(given);
            case "run" -> runContainer(given);
            case "start" -> {
                containers.start(id(given));
                yield 0;
            }
            case "kill" -> kill(given);
            case "delete" -> delete(given);
            case "state" -> state(given);
            case "list" -> list(given);
            case "pause" -> {
                containers.pause(id(given));
                yield 0;
            }
            case "resume" -> {
                containers.resume(id(given));
                yield 0;
            }
            case "exec" -> new ExecCommand(containers, journal).run(given);
            case "update" -> new UpdateCommand(containers).run(given);
            case "ps" -> new ProcessList(containers).run(given);
            case "events" -> new EventsCommand(containers).run(given);
            case "spec" -> SpecCommand.run(given);
            case "features" -> Features.print();
            case "help" -> Help.print();
            case "checkpoint", "restore" -> throw new BerthException(ErrorCode.UNSUPPORTED, name + " is not supported");
            default ->
                throw new BerthException(ErrorCode.INVALID, "there is no command " + name + "; see berth oci help");
        };
    }

    private Words words(List<Option> known, List<String> given, int most) {
        Words words = Words.read(name, known, given, true);
        if (words.rest().size() > most) {
            throw new BerthException(
                    ErrorCode.INVALID, name + ": \"" + words.rest().get(most) + "\" is one word too many");
        }
        return words;
    }

    private String id(List<String> given) {
        return words(List.of(HELP), given, 1).word(name, 0, ID);
    }

    private int create(List<String> given) {
        containers.create(request(words(CREATE, given, 1), false));
        return 0;
    }

    private int runContainer(List<String> given) {
        Words words = words(CREATE, given, 1);
        return containers.run(request(words, !words.has("detach")), words.has("keep"));
    }

    private CreateRequest request(Words words, boolean waits) {
        return new CreateRequest(
                words.word(name, 0, ID),
                Path.of(words.value("bundle").orElse("")).toAbsolutePath().normalize(),
                words.value("config").orElse("config.json"),
                words.value("console-socket").map(Commands::path),
                words.value("pid-file").map(Commands::path),
                words.value("pidfd-socket").map(Commands::path),
                words.number("preserve-fds").orElse(0L).intValue(),
                words.has("no-pivot"),
                words.has("no-new-keyring"),
                manager,
                waits);
    }

    private static Path path(String text) {
        return Path.of(text).toAbsolutePath();
    }

    private int kill(List<String> given) {
        Words words = words(List.of(HELP, Option.flag("all,a"), REGEX), given, 2);
        int signal = words.rest().size() > 1 ? Signals.number(words.rest().get(1)) : SIGTERM;
        String id = words.word(name, 0, ID);
        ids(words, List.of(id)).forEach(one -> containers.kill(one, signal, words.has("all")));
        return 0;
    }

    private int delete(List<String> given) {
        Words words = words(List.of(HELP, Option.flag("force,f"), REGEX), given, Integer.MAX_VALUE);
        words.word(name, 0, ID);
        ids(words, words.rest()).forEach(id -> containers.delete(id, words.has("force")));
        return 0;
    }

    /** Those that are named, or whose id a pattern is found in: crun's way. */
    private List<String> ids(Words words, List<String> named) {
        if (!words.has("regex")) {
            return named;
        }
        try {
            Pattern pattern = Pattern.compile(named.getFirst());
            return containers.list().stream()
                    .map(seen -> seen.state().id())
                    .filter(id -> pattern.matcher(id).find())
                    .toList();
        } catch (PatternSyntaxException e) {
            throw new BerthException(ErrorCode.INVALID, name + ": --regex: " + e.getDescription(), e);
        }
    }

    private int state(List<String> given) {
        System.out.println(JsonText.pretty(document(containers.state(id(given)))));
        return 0;
    }

    private static Map<String, Object> document(Seen seen) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("ociVersion", seen.state().ociVersion());
        document.put("id", seen.state().id());
        document.put("pid", seen.pid());
        document.put("status", seen.status().toString());
        document.put("bundle", seen.state().bundle());
        document.put("rootfs", seen.state().root());
        document.put("created", seen.state().created());
        if (!seen.state().annotations().isEmpty()) {
            document.put("annotations", seen.state().annotations());
        }
        document.put("owner", seen.state().owner());
        return document;
    }

    private int list(List<String> given) {
        Words words = words(LIST, given, 0);
        List<Seen> all = containers.list();
        if (words.has("quiet")) {
            all.forEach(seen -> System.out.println(seen.state().id()));
            return 0;
        }
        switch (words.value("format").orElse("table")) {
            case "json" ->
                System.out.println(
                        JsonText.compact(all.stream().map(Commands::document).toList()));
            case "table" -> table(all);
            default -> throw new BerthException(ErrorCode.INVALID, "list: --format is table or json");
        }
        return 0;
    }

    private static void table(List<Seen> all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"));
        for (Seen seen : all) {
            rows.add(List.of(
                    seen.state().id(),
                    Long.toString(seen.pid()),
                    seen.status().toString(),
                    seen.state().bundle(),
                    seen.state().created(),
                    seen.state().owner()));
        }
        System.out.print(Columns.text(rows));
    }
}
