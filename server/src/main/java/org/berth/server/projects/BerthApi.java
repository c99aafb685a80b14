package org.berth.server.projects;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.builder.BuildRequest;
import org.berth.builder.Builder;
import org.berth.builder.source.SourcePlan;
import org.berth.control.Controller;
import org.berth.engine.ContainerState;
import org.berth.engine.ContainerState.Status;
import org.berth.engine.Containers.LogQuery;
import org.berth.engine.Engine;
import org.berth.image.Image;
import org.berth.image.Reference;
import org.berth.runtime.ContainerRuntime.Explanation;
import org.berth.server.docker.HostFacts;
import org.berth.server.docker.Times;
import org.berth.server.http.Api;
import org.berth.server.http.Exchange;
import org.berth.server.http.LiveStream;
import org.berth.server.http.Routes;
import org.berth.server.node.LocalNode;
import tools.jackson.databind.JsonNode;

/** The Berth API as routes; docs/api.md describes it. */
public final class BerthApi {
    private final Instance instance;
    private final Engine engine;
    private final Controller controller;
    private final ImagePreparation images;
    private final BuildDocuments documents;
    private final DaemonFacts facts;
    private final Runnable stop;

    private BerthApi(
            Instance instance,
            Engine engine,
            Controller controller,
            ImagePreparation images,
            BuildDocuments documents,
            DaemonFacts facts,
            Runnable stop) {
        this.instance = instance;
        this.engine = engine;
        this.controller = controller;
        this.images = images;
        this.documents = documents;
        this.facts = facts;
        this.stop = stop;
    }

    /**
     * Adds every route.
     *
     * @param stop ends the daemon, soon; returns at once
     */
    public static void register(
            Routes routes,
            Instance instance,
            Engine engine,
            Builder builder,
            Controller controller,
            LocalNode node,
            DaemonFacts facts,
            Runnable stop) {
        BuildDocuments documents = new BuildDocuments(engine.images(), builder);
        ImagePreparation images = new ImagePreparation(engine.images(), builder, documents);
        new ProjectEndpoints(engine, controller, node, images).register(routes);
        new ImageRequests(engine.images()).register(routes);
        new TrustEndpoints(engine.images(), builder).register(routes);
        BerthApi api = new BerthApi(instance, engine, controller, images, documents, facts, stop);
        routes.add("GET", "/berth/v1/projects/{name}/logs", api::logs)
                .add("POST", "/berth/v1/build", api::build)
                .add("POST", "/berth/v1/build/explain", api::explainBuild)
                .add("POST", "/berth/v1/images/save", api::save)
                .add("GET", "/berth/v1/explain/{name}", api::explain)
                .add("GET", "/berth/v1/system", exchange -> exchange.json(200, api.system()))
                .add("POST", "/berth/v1/system/stop", api::end);
    }

    private void logs(Exchange exchange) throws Exception {
        String project = exchange.parameter("name");
        Set<String> known = controller.status(project).services().stream()
                .map(service -> service.name())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        Set<String> services = Set.copyOf(exchange.queries("service"));
        for (String service : services) {
            if (!known.contains(service)) {
                throw new BerthException(
                        ErrorCode.NOT_FOUND,
                        "no service " + service + " in project " + project + ": it has " + String.join(", ", known));
            }
        }
        LogQuery query = new LogQuery(
                true,
                true,
                exchange.flag("follow"),
                exchange.number("tail").filter(lines -> lines >= 0),
                Times.parse("since", exchange.query("since")),
                Times.parse("until", exchange.query("until")));
        try (LiveStream stream = exchange.stream(200, "application/x-ndjson")) {
            new ProjectLogs(engine, controller, project, services, query, stream).send();
        }
    }

    private void build(Exchange exchange) throws Exception {
        JsonNode body = exchange.body();
        String tag = body.path("tag").asString("");
        if (tag.isEmpty()) {
            throw new BerthException(ErrorCode.INVALID, "\"tag\" must name the image");
        }
        BuildRequest request = buildRequest(body, List.of(tag));
        WorkStream.runRecallable(exchange, "build " + tag, (report, recall) -> {
            Instant started = Instant.now();
            Image image = images.build(request, tag, report);
            documents.attach(BuildDocuments.Wanted.of(body), request, image, started);
            return Report.Result.image(image.id(), tag);
        });
    }

    /** The Dockerfile that a source folder is built by. */
    private void explainBuild(Exchange exchange) throws Exception {
        SourcePlan plan = images.explain(buildRequest(exchange.body(), List.of()));
        exchange.json(200, Map.of("language", plan.language(), "dockerfile", plan.dockerfile()));
    }

    private static BuildRequest buildRequest(JsonNode body, List<String> tags) {
        Map<String, String> arguments = new HashMap<>();
        body.path("arguments")
                .properties()
                .forEach(entry -> arguments.put(entry.getKey(), entry.getValue().asString()));
        return new BuildRequest(
                folder(body),
                text(body, "dockerfile"),
                text(body, "target"),
                arguments,
                tags,
                body.path("noCache").asBoolean(false),
                body.path("command").isArray(),
                BuildOptionsReader.read(body));
    }

    private static Path folder(JsonNode body) {
        String text = body.path("folder").asString("");
        if (!text.startsWith("/")) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "\"folder\" must be an absolute path on the daemon's machine, not \"" + text + "\"");
        }
        return Path.of(text);
    }

    private static Optional<String> text(JsonNode body, String key) {
        return Optional.of(body.path(key).asString("")).filter(text -> !text.isEmpty());
    }

    private void save(Exchange exchange) throws Exception {
        JsonNode body = exchange.body();
        List<String> names =
                body.path("names").valueStream().map(JsonNode::asString).toList();
        if (names.isEmpty()) {
            throw new BerthException(ErrorCode.INVALID, "\"names\" must name at least one image");
        }
        Path folder = folder(body);
        WorkStream.run(exchange, "save", report -> {
            for (String name : names) {
                if (engine.images().find(name).isEmpty()) {
                    engine.images().obtain(Reference.parse(name), report.progress("pull", name));
                }
            }
            Files.createDirectories(folder);
            engine.images().saveLayout(names, folder);
            return Report.Result.folder(folder.toString());
        });
    }

    private void explain(Exchange exchange) {
        ContainerState state = new Named(engine.containers(), controller)
                .container(exchange.parameter("name"), exchange.query("project"));
        Explanation explanation = engine.containers().explain(state.id());
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("name", state.name());
        reply.put("id", state.id());
        reply.put("sections", explanation.sections());
        if (exchange.flag("program")) {
            reply.put("program", explanation.program());
        }
        if (exchange.flag("seccomp")) {
            reply.put("seccomp", explanation.filter());
        }
        explanation.learned().ifPresent(profile -> reply.put("learned", profile));
        exchange.json(200, reply);
    }

    private Map<String, Object> system() {
        List<ContainerState> containers = engine.containers().list();
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("version", facts.version());
        reply.put("apiVersion", Api.VERSION);
        reply.put("pid", facts.pid());
        reply.put("started", facts.started());
        reply.put("root", instance.root().toString());
        reply.put("run", instance.run().toString());
        reply.put("tag", instance.tag());
        reply.put("kernel", HostFacts.kernel());
        reply.put("java", Runtime.version().toString());
        reply.put("residentBytes", DaemonFacts.residentBytes());
        reply.put("projects", controller.list().size());
        reply.put(
                "containers",
                Map.of(
                        "running",
                        containers.stream()
                                .filter(state -> state.status() == Status.RUNNING)
                                .count(),
                        "total",
                        containers.size()));
        reply.put("images", engine.images().list().size());
        reply.put("warnings", engine.warnings());
        return reply;
    }

    private void end(Exchange exchange) {
        exchange.empty(204);
        stop.run();
    }
}
