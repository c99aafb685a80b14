package org.berth.server.projects;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.compose.Project;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The body of {@code PUT /projects/{name}}: a model and how to bring it up. */
record UpRequest(Project project, Options options) {
    private static final int TIMEOUT_SECONDS = 300;
    private static final int TIMEOUT_SECONDS_MAX = 24 * 3600;

    /**
     * How.
     *
     * @param services the services to bring up; empty for all
     * @param oneOff the service of which a container is to be run: only what that needs is brought up
     * @param dependencies whether that includes the services it depends on
     * @param noBuild whether images must be there already
     * @param pull whether registries are asked though the store has the image
     * @param documents what is attached to images that are built
     * @param awaitReady whether the work ends only when every service is ready
     */
    record Options(
            List<String> services,
            Optional<String> oneOff,
            boolean dependencies,
            boolean build,
            boolean noBuild,
            boolean pull,
            boolean forceRecreate,
            BuildDocuments.Wanted documents,
            boolean awaitReady,
            Duration timeout) {}

    static UpRequest read(String name, JsonNode body) {
        Project project = project(body)
                .orElseThrow(() -> new BerthException(ErrorCode.INVALID, "the request has no \"project\": a model"));
        if (!project.name().equals(name)) {
            throw new BerthException(
                    ErrorCode.INVALID, "the model is of project " + project.name() + ", the path of " + name);
        }
        JsonNode options = body.path("options");
        List<String> services =
                options.path("services").valueStream().map(JsonNode::asString).toList();
        for (String service : services) {
            if (!project.services().containsKey(service)) {
                throw new BerthException(
                        ErrorCode.NOT_FOUND,
                        "no service " + service + " in project " + name + ": it has "
                                + String.join(", ", project.services().keySet()));
            }
        }
        return new UpRequest(
                project,
                new Options(
                        services,
                        Optional.of(options.path("oneOff").asString("")).filter(service -> !service.isEmpty()),
                        options.path("dependencies").asBoolean(true),
                        options.path("build").asBoolean(false),
                        options.path("noBuild").asBoolean(false),
                        options.path("pull").asBoolean(false),
                        options.path("forceRecreate").asBoolean(false),
                        BuildDocuments.Wanted.of(options),
                        options.path("wait").asBoolean(true),
                        timeout(options)));
    }

    /** How long to wait for readiness. */
    static Duration timeout(JsonNode options) {
        int seconds = options.path("timeoutSeconds").asInt(TIMEOUT_SECONDS);
        if (seconds < 1 || seconds > TIMEOUT_SECONDS_MAX) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "the timeout must be from 1 to " + TIMEOUT_SECONDS_MAX + " seconds, not " + seconds);
        }
        return Duration.ofSeconds(seconds);
    }

    /** The model of a body that has one. */
    static Optional<Project> project(JsonNode body) {
        JsonNode model = body.path("project");
        if (!model.isObject()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.MAPPER.treeToValue(model, Project.class));
        } catch (JacksonException e) {
            throw new BerthException(
                    ErrorCode.INVALID, "\"project\" is not a project's model: " + e.getOriginalMessage(), e);
        }
    }
}
