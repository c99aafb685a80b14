package org.berth.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.berth.base.Instance;
import org.berth.base.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(
        name = "ps",
        mixinStandardHelpOptions = true,
        description = "Show the tasks of an application, or of all of them where no project is named.")
final class Ps implements Callable<Integer> {
    private static final int TABLE_UNCUT = 0;

    @Mixin
    private final ProjectChoice choice = new ProjectChoice();

    @Mixin
    private final ProjectFile file = new ProjectFile();

    @Mixin
    private final Output output = new Output();

    @Override
    public Integer call() {
        choice.noMoreWords();
        Daemon daemon = choice.daemon();
        List<JsonNode> projects = choice.named() ? List.of(project(daemon, choice.name())) : all(daemon);
        if (output.json) {
            System.out.println(Json.pretty().writeValueAsString(choice.named() ? projects.getFirst() : projects));
        } else if (output.quiet) {
            projects.forEach(project -> tasks(project).forEach(task -> System.out.println(text(task, "name"))));
        } else {
            System.out.print(table(projects, columns(), Instant.now()));
        }
        return 0;
    }

    /** {@code berth ps} without a word: the fast path. In a folder that is a project, that project. */
    static int everything(Instance instance) {
        if (ProjectChoice.here()) {
            Ps command = new Ps();
            return command.call();
        }
        Daemon daemon = Daemon.reach(instance);
        System.out.print(table(all(daemon), columns(), Instant.now()));
        return 0;
    }

    private static int columns() {
        String columns = System.getenv("COLUMNS");
        return columns != null && columns.matches("[0-9]{1,4}") ? Integer.parseInt(columns) : TABLE_UNCUT;
    }

    private static List<JsonNode> all(Daemon daemon) {
        List<JsonNode> projects = new ArrayList<>();
        daemon.request("GET", "/berth/v1/projects")
                .forEach(project -> projects.add(project(daemon, text(project, "name"))));
        return projects;
    }

    private static JsonNode project(Daemon daemon, String name) {
        return daemon.request("GET", "/berth/v1/projects/" + Paths.encode(name));
    }

    /** What there is, a task a row; a row before them says what is wrong with the whole service or project. */
    static String table(List<JsonNode> projects, int columns, Instant now) {
        if (projects.isEmpty()) {
            return "no application is up\n";
        }
        Table table = new Table("TASK", "STATE", "UP", "RESTARTS", "ADDRESS", "PORTS", "");
        for (JsonNode project : projects) {
            String reason = text(project, "reason");
            if (project.path("services").isEmpty() || !reason.isEmpty()) {
                table.row(
                        text(project, "name"),
                        text(project, "state"),
                        "",
                        "",
                        "",
                        "",
                        reason.isEmpty() ? "no service; its networks and volumes are there" : reason);
            }
            for (JsonNode service : project.path("services")) {
                rows(table, service, now);
            }
        }
        return table.print(columns);
    }

    private static void rows(Table table, JsonNode service, Instant now) {
        String ports = ports(service);
        String reason = text(service, "reason");
        boolean said = service.path("tasks").valueStream().anyMatch(task -> says(task, reason));
        if (service.path("tasks").isEmpty() || !reason.isEmpty() && !said) {
            boolean none = reason.isEmpty() && service.path("wanted").asInt(-1) == 0;
            table.row(text(service, "name"), state(service), "", "", "", ports, none ? "scaled to 0" : reason);
        }
        for (JsonNode task : service.path("tasks")) {
            table.row(
                    text(task, "name"),
                    state(task),
                    up(task, now),
                    String.valueOf(task.path("restarts").asInt(0)),
                    joined(task.path("addresses")),
                    ports,
                    reason(task, now));
        }
    }

    /** Whether a task's row has the service's reason. */
    private static boolean says(JsonNode task, String reason) {
        String words = text(task, "reason");
        return !words.isEmpty() && (reason.contains(words) || (text(task, "name") + " " + words).contains(reason));
    }

    private static List<JsonNode> tasks(JsonNode project) {
        List<JsonNode> tasks = new ArrayList<>();
        project.path("services").forEach(service -> service.path("tasks").forEach(tasks::add));
        return tasks;
    }

    /** "ready"; of a task that stays ended "exited (0)". */
    private static String state(JsonNode node) {
        String state = text(node, "state");
        boolean over = state.equals("done") || state.equals("failed");
        return over && node.path("exitCode").isInt()
                ? "exited (" + node.path("exitCode").asInt() + ")"
                : state;
    }

    /** How long it has run; "" for what does not run. */
    private static String up(JsonNode task, Instant now) {
        String started = text(task, "started");
        return started.isEmpty() || !text(task, "ended").isEmpty() ? "" : span(started, now);
    }

    private static String reason(JsonNode task, Instant now) {
        String ended = text(task, "ended");
        return text(task, "state").equals("done") && !ended.isEmpty()
                ? "ended " + span(ended, now) + " ago"
                : text(task, "reason");
    }

    private static String span(String since, Instant now) {
        return Words.span(Duration.between(Instant.parse(since), now).toSeconds());
    }

    private static String ports(JsonNode service) {
        List<String> ports = new ArrayList<>();
        service.path("ports")
                .forEach(port -> ports.add(
                        text(port, "address") + ":" + port.path("hostPort").asInt(0) + "->"
                                + port.path("containerPort").asInt(0) + "/" + text(port, "protocol")));
        return String.join(", ", ports);
    }

    private static String joined(JsonNode list) {
        List<String> words = new ArrayList<>();
        list.forEach(word -> words.add(word.asString("")));
        return String.join(", ", words);
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asString("");
    }
}
