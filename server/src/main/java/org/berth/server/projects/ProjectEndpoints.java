package org.berth.server.projects;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.Project;
import org.berth.control.Controller;
import org.berth.control.Controller.Applied;
import org.berth.control.Controller.ApplyRequest;
import org.berth.control.ProjectStatus;
import org.berth.engine.Engine;
import org.berth.network.Networks.Network;
import org.berth.server.http.Exchange;
import org.berth.server.http.Routes;
import org.berth.server.node.LocalNode;
import tools.jackson.databind.JsonNode;

/** Projects: up, down, scale, run, and how they are. */
final class ProjectEndpoints {
    private final Engine engine;
    private final Controller controller;
    private final ImagePreparation images;
    private final Readiness readiness;
    private final Turns turns = new Turns();
    private final OneOffs oneOffs;

    ProjectEndpoints(Engine engine, Controller controller, LocalNode node, ImagePreparation images) {
        this.engine = engine;
        this.controller = controller;
        this.images = images;
        this.readiness = new Readiness(controller, node::logTail);
        this.oneOffs = new OneOffs(engine, controller, images, readiness, turns);
    }

    void register(Routes routes) {
        String project = "/berth/v1/projects/{name}";
        routes.add("GET", "/berth/v1/projects", this::list)
                .add("GET", project, this::status)
                .add("PUT", project, this::up)
                .add("DELETE", project, new Takedown(controller, engine.volumes())::down)
                .add("POST", project + "/scale", this::scale)
                .add("POST", project + "/run", oneOffs::create);
    }

    private void list(Exchange exchange) {
        exchange.json(200, controller.list().stream().map(StatusJson::summary).toList());
    }

    private void status(Exchange exchange) {
        ProjectStatus status = controller.status(exchange.parameter("name"));
        List<StatusJson.Network> networks = status.networks().stream()
                .sorted()
                .map(name -> new StatusJson.Network(
                        name, engine.networks().find(name).map(Network::subnet).orElse("")))
                .toList();
        exchange.json(200, StatusJson.detail(status, networks));
    }

    private void up(Exchange exchange) throws Exception {
        String name = exchange.parameter("name");
        UpRequest request = UpRequest.read(name, exchange.body());
        WorkStream.runRecallable(
                exchange,
                "up " + name,
                (report, recall) -> request.options().oneOff().isEmpty()
                        ? up(request, report, recall)
                        : oneOffs.prepare(request, report, recall));
    }

    private Report.Result up(UpRequest request, Report report, Recall recall) throws Exception {
        Project project = request.project();
        UpRequest.Options options = request.options();
        engine.warnings().forEach(report::warning);
        Set<String> chosen = options.services().isEmpty()
                ? project.services().keySet()
                : project.withDependencies(options.services());
        Applied applied = turns.alone(project.name(), () -> report.warning(Turns.WAITING), () -> {
            Map<String, String> ids = images.prepare(project, chosen, options, report);
            recall.settle();
            report.settled();
            return controller.apply(
                    new ApplyRequest(images.settled(project), ids, options.services(), options.forceRecreate()));
        });
        ProjectStatus status = controller.status(project.name());
        if (options.awaitReady()) {
            Set<String> waited = options.services().isEmpty() ? Set.of() : chosen;
            status = readiness.await(project.name(), waited, applied.revision(), options.timeout(), report);
        }
        return result(status, Optional.of(!applied.changed()));
    }

    private static Report.Result result(ProjectStatus status, Optional<Boolean> unchanged) {
        return Report.Result.project(status.name(), Urls.first(status), Urls.of(status), unchanged);
    }

    private void scale(Exchange exchange) throws Exception {
        String name = exchange.parameter("name");
        JsonNode body = exchange.body();
        Map<String, Integer> replicas = new HashMap<>();
        body.path("services").properties().forEach(entry -> {
            if (!entry.getValue().isInt() || entry.getValue().intValue() < 0) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        "replicas of " + entry.getKey() + " must be a number from 0 up, not " + entry.getValue());
            }
            replicas.put(entry.getKey(), entry.getValue().intValue());
        });
        if (replicas.isEmpty()) {
            throw new BerthException(ErrorCode.INVALID, "\"services\" must say how many of which: {\"web\": 5}");
        }
        Duration timeout = UpRequest.timeout(body);
        boolean wait = body.path("wait").asBoolean(true);
        controller.scale(name, replicas);
        WorkStream.run(
                exchange,
                "scale " + name,
                report -> result(
                        wait ? readiness.await(name, replicas.keySet(), 0, timeout, report) : controller.status(name),
                        Optional.empty()));
    }
}
