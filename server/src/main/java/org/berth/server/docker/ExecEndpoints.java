package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerState;
import org.berth.engine.ContainerState.Status;
import org.berth.engine.Containers;
import org.berth.engine.Containers.ExecRequest;
import org.berth.engine.Containers.ExecState;
import org.berth.engine.Containers.Streams;
import org.berth.engine.Engine;
import org.berth.server.http.Exchange;
import org.berth.server.http.Routes;
import tools.jackson.databind.JsonNode;

/** Processes added to running containers. */
final class ExecEndpoints {
    private static final Set<String> KNOWN = Set.of(
            "AttachStdin",
            "AttachStdout",
            "AttachStderr",
            "Tty",
            "Cmd",
            "Env",
            "User",
            "WorkingDir",
            "DetachKeys",
            "Detach",
            "ConsoleSize",
            "Container");

    private final Containers containers;

    ExecEndpoints(Engine engine) {
        this.containers = engine.containers();
    }

    void register(Routes routes) {
        routes.add("POST", "/containers/{name}/exec", this::create)
                .add("POST", "/exec/{id}/start", this::start)
                .add("POST", "/exec/{id}/resize", this::resize)
                .add("GET", "/exec/{id}/json", this::inspect);
    }

    private void create(Exchange exchange) {
        String name = exchange.parameter("name");
        ExecRequest request = read(exchange.body());
        ContainerState state = containers.get(name);
        if (state.status() == Status.PAUSED) {
            throw new BerthException(
                    ErrorCode.CONFLICT, "container " + name + " is paused, unpause the container before exec");
        }
        if (state.status() != Status.RUNNING) {
            throw new BerthException(ErrorCode.CONFLICT, "container " + state.id() + " is not running");
        }
        exchange.json(201, Map.of("Id", containers.createExec(name, request)));
    }

    static ExecRequest read(JsonNode body) {
        Map<String, JsonNode> others = Unsupported.besides(body, KNOWN);
        if (!others.isEmpty()) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED, String.join(", ", others.keySet()) + " of exec is not implemented by Berth");
        }
        List<String> command = Tree.texts(body, "Cmd").orElse(List.of());
        if (command.isEmpty()) {
            throw new BerthException(ErrorCode.INVALID, "No exec command specified");
        }
        return new ExecRequest(
                command,
                Tree.texts(body, "Env").orElse(List.of()),
                Tree.text(body, "User"),
                Tree.text(body, "WorkingDir"),
                Tree.flag(body, "Tty"),
                Tree.flag(body, "AttachStdin"));
    }

    private void start(Exchange exchange) {
        String id = exchange.parameter("id");
        JsonNode body = exchange.body();
        ExecState exec = containers.exec(id);
        if (exec.started()) {
            throw new BerthException(ErrorCode.CONFLICT, "exec " + id + " has been started already");
        }
        Streams streams = containers.startExec(id);
        try {
            size(id, Tree.at(body, "ConsoleSize"), exec);
            if (Tree.flag(body, "Detach")) {
                streams.close();
                exchange.empty(200);
                return;
            }
            StreamBridge.run(
                    streams,
                    exchange.hijack(OutputFrames.contentType(exec.request().terminal())),
                    new StreamBridge.Wanted(exec.request().input(), true, true));
        } catch (BerthException e) {
            streams.close();
            throw e;
        }
    }

    private void size(String id, JsonNode size, ExecState exec) {
        if (exec.request().terminal()
                && size.isArray()
                && size.size() == 2
                && size.get(0).intValue() > 0) {
            containers.resizeExec(id, size.get(0).intValue(), size.get(1).intValue());
        }
    }

    private void resize(Exchange exchange) {
        containers.resizeExec(
                exchange.parameter("id"),
                exchange.number("h").orElse(0),
                exchange.number("w").orElse(0));
        exchange.empty(200);
    }

    private void inspect(Exchange exchange) {
        exchange.json(200, json(containers.exec(exchange.parameter("id"))));
    }

    static Map<String, Object> json(ExecState exec) {
        List<String> command = exec.request().command();
        JsonObject json = object().with("ID", exec.id())
                .with("Running", exec.started() && exec.exitCode().isEmpty());
        if (exec.exitCode().isPresent()) {
            json.with("ExitCode", exec.exitCode().get());
        } else {
            json.withNull("ExitCode");
        }
        return json.with(
                        "ProcessConfig",
                        object().with("tty", exec.request().terminal())
                                .with("entrypoint", command.getFirst())
                                .with("arguments", command.subList(1, command.size()))
                                .with("privileged", false)
                                .with("user", exec.request().user().orElse(""))
                                .map())
                .with("OpenStdin", exec.request().input())
                .with("OpenStderr", true)
                .with("OpenStdout", true)
                .with("CanRemove", exec.exitCode().isPresent())
                .with("ContainerID", exec.containerId())
                .with("DetachKeys", "")
                .with("Pid", exec.pid())
                .map();
    }
}
