package org.berth.server.projects;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.Project;
import org.berth.compose.Service;
import org.berth.control.Controller;
import org.berth.control.Controller.Applied;
import org.berth.control.TaskSpec;
import org.berth.engine.ContainerState;
import org.berth.engine.Engine;
import org.berth.image.Image;
import org.berth.server.http.Exchange;
import org.berth.server.node.TaskRequests;
import tools.jackson.databind.JsonNode;

/** Containers of {@code berth run}: what they need, and their creation. */
final class OneOffs {
    private static final int NAME_BYTES = 2;

    private final Engine engine;
    private final Controller controller;
    private final ImagePreparation images;
    private final Readiness readiness;
    private final Turns turns;
    private final SecureRandom random = new SecureRandom();

    OneOffs(Engine engine, Controller controller, ImagePreparation images, Readiness readiness, Turns turns) {
        this.engine = engine;
        this.controller = controller;
        this.images = images;
        this.readiness = readiness;
        this.turns = turns;
    }

    /** Brings up what a container of a service needs; what is up stays as it is. */
    Report.Result prepare(UpRequest request, Report report, Recall recall) throws Exception {
        Project project = request.project();
        UpRequest.Options options = request.options();
        Service service = service(project, options.oneOff().orElseThrow());
        Set<String> needed = options.dependencies() ? controller.neededBy(project, service.name()) : Set.of();
        Applied applied = turns.alone(project.name(), () -> report.warning(Turns.WAITING), () -> {
            if (options.build() || images.existing(project, service).isEmpty()) {
                images.prepare(project, Set.of(service.name()), options, report);
            }
            Map<String, String> ids = images.prepare(project, needed, options, report);
            recall.settle();
            report.settled();
            return controller.add(images.settled(project), needed, ids);
        });
        readiness.awaitNeeds(project.name(), needed, applied.revision(), options.timeout(), report);
        return Report.Result.project(project.name(), Optional.empty(), Map.of(), Optional.of(!applied.changed()));
    }

    /** {@code POST /projects/{name}/run}: creates the container, of the model given, else of the project as it is up. */
    void create(Exchange exchange) {
        JsonNode body = exchange.body();
        String name = exchange.parameter("name");
        Project project = UpRequest.project(body)
                .or(() -> controller.find(name))
                .orElseThrow(() -> new BerthException(
                        ErrorCode.NOT_FOUND,
                        "no project named " + name + " is up, and no Compose file is given: name one with -f, or its"
                                + " folder"));
        if (!project.name().equals(name)) {
            throw new BerthException(
                    ErrorCode.INVALID, "the model is of project " + project.name() + ", the path of " + name);
        }
        Service service = service(project, body.path("service").asString(""));
        Image image = images.existing(project, service)
                .orElseThrow(() -> new BerthException(
                        ErrorCode.NOT_FOUND,
                        "image " + project.imageName(service) + " of service " + service.name()
                                + " is not there: run berth build, or berth up"));
        byte[] bytes = new byte[NAME_BYTES];
        random.nextBytes(bytes);
        String container =
                name + "-" + service.name() + "-run-" + HexFormat.of().formatHex(bytes);
        TaskSpec spec = controller.oneOffSpec(project, service.name(), image.id(), container);
        ContainerState state = engine.containers()
                .create(TaskRequests.oneOff(
                        spec, wish(body), engine.containers().list()));
        exchange.json(201, Map.of("id", state.id(), "name", state.name()));
    }

    private static Service service(Project project, String name) {
        if (name.isEmpty()) {
            throw new BerthException(ErrorCode.INVALID, "\"service\" must name a service");
        }
        return Optional.ofNullable(project.services().get(name))
                .orElseThrow(() -> new BerthException(
                        ErrorCode.NOT_FOUND,
                        "no service " + name + " in project " + project.name() + ": it has "
                                + String.join(", ", project.services().keySet())));
    }

    private static TaskRequests.OneOff wish(JsonNode body) {
        return new TaskRequests.OneOff(
                texts(body, "entrypoint"),
                texts(body, "command"),
                texts(body, "environment").orElse(List.of()),
                text(body, "user"),
                text(body, "workingDirectory"),
                body.path("terminal").asBoolean(false),
                body.path("input").asBoolean(false),
                body.path("remove").asBoolean(false),
                text(body, "seccomp"));
    }

    private static Optional<String> text(JsonNode body, String key) {
        return Optional.of(body.path(key).asString("")).filter(text -> !text.isEmpty());
    }

    private static Optional<List<String>> texts(JsonNode body, String key) {
        JsonNode list = body.path(key);
        return list.isArray()
                ? Optional.of(list.valueStream().map(JsonNode::asString).toList())
                : Optional.empty();
    }
}
