package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.berth.engine.ContainerRequest;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.engine.ContainerState;
import org.berth.network.Networks.PublishedPort;

/** A container's HostConfig, from what was asked. Pure. */
final class HostConfigJson {
    private HostConfigJson() {}

    static Map<String, Object> of(ContainerState state) {
        ContainerRequest request = state.request();
        return object().with("Binds", binds(request))
                .with("ContainerIDFile", "")
                .with("LogConfig", Map.of("Type", "local", "Config", Map.of()))
                .with("NetworkMode", ContainerJson.networkMode(state))
                .with("PortBindings", bindings(request.ports()))
                .with(
                        "RestartPolicy",
                        object().with(
                                        "Name",
                                        ContainerJson.word(request.restart().kind()))
                                .with("MaximumRetryCount", request.restart().maximumRetries())
                                .map())
                .with("AutoRemove", request.autoRemove())
                .with("VolumeDriver", "")
                .with("Tmpfs", memory(request))
                .with("PublishAllPorts", false)
                .with("ReadonlyRootfs", request.readOnlyRoot())
                .with("Init", request.init())
                .with("UsernsMode", request.userRange().isPresent() ? "" : "host")
                .with("Runtime", request.runtime().orElse(ContainerRequest.OWN_RUNTIME))
                .with("Memory", request.resources().memoryBytes().orElse(0))
                .with("NanoCpus", Math.round(request.resources().cpus().orElse(0) * 1e9))
                .with("PidsLimit", request.resources().pids().orElse(0))
                .with(JailJson.of(request))
                .map();
    }

    private static List<String> binds(ContainerRequest request) {
        List<String> binds = new ArrayList<>();
        for (Mount mount : request.mounts()) {
            switch (mount) {
                case Mount.Bind bind -> binds.add(bind.source() + ":" + bind.target() + (bind.readOnly() ? ":ro" : ""));
                case Mount.Volume volume
                when !volume.name().isEmpty() ->
                    binds.add(volume.name() + ":" + volume.target() + (volume.readOnly() ? ":ro" : ""));
                case Mount.Volume ignored -> {}
                case Mount.Memory ignored -> {}
            }
        }
        return binds;
    }

    private static Map<String, String> memory(ContainerRequest request) {
        Map<String, String> memory = new LinkedHashMap<>();
        for (Mount mount : request.mounts()) {
            if (mount instanceof Mount.Memory one) {
                memory.put(one.target(), one.options());
            }
        }
        return memory;
    }

    /** {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}. */
    static Map<String, List<Map<String, Object>>> bindings(List<PublishedPort> ports) {
        Map<String, List<Map<String, Object>>> bindings = new LinkedHashMap<>();
        for (PublishedPort port : ports) {
            bindings.computeIfAbsent(port.containerPort() + "/" + port.protocol(), key -> new ArrayList<>())
                    .add(object().with("HostIp", port.address().getHostAddress())
                            .with("HostPort", String.valueOf(port.hostPort()))
                            .map());
        }
        return bindings;
    }
}
