package org.berth.engine;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.engine.ContainerRequest.HealthCheck;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.engine.ContainerRequest.NetworkAttachment;
import org.berth.engine.ContainerRequest.NetworkMode;
import org.berth.engine.ContainerRequest.RestartPolicy;
import org.berth.engine.ContainerRequest.Secret;
import org.berth.network.Networks.PublishedPort;
import org.berth.runtime.Resources;

/** A {@link ContainerRequest} being described, a component at a time; each is explained there. */
public final class ContainerRequestBuilder {
    private Optional<String> name = Optional.empty();
    private String image;
    private Optional<List<String>> entrypoint = Optional.empty();
    private Optional<List<String>> command = Optional.empty();
    private List<String> environment = List.of();
    private Optional<String> user = Optional.empty();
    private Optional<String> workingDirectory = Optional.empty();
    private Optional<String> hostname = Optional.empty();
    private Map<String, String> labels = Map.of();
    private List<Mount> mounts = List.of();
    private List<Secret> secrets = List.of();
    private NetworkMode networkMode = NetworkMode.NETWORKS;
    private List<NetworkAttachment> networks = List.of();
    private List<PublishedPort> ports = List.of();
    private Resources resources = Resources.UNLIMITED;
    private Optional<HealthCheck> healthCheck = Optional.empty();
    private RestartPolicy restart = RestartPolicy.NO;
    private boolean terminal;
    private boolean openInput;
    private boolean closeInputOnce;
    private boolean autoRemove;
    private boolean init;
    private boolean readOnlyRoot;
    private Optional<String> stopSignal = Optional.empty();
    private Optional<Duration> stopGrace = Optional.empty();
    private Optional<String> userRange = Optional.empty();
    private Optional<String> seccomp = Optional.empty();
    private Optional<String> runtime = Optional.empty();
    private Optional<JailRequest> jail = Optional.empty();

    ContainerRequestBuilder(String image) {
        this.image = image;
    }

    ContainerRequestBuilder(ContainerRequest from) {
        name = from.name();
        image = from.image();
        entrypoint = from.entrypoint();
        command = from.command();
        environment = from.environment();
        user = from.user();
        workingDirectory = from.workingDirectory();
        hostname = from.hostname();
        labels = from.labels();
        mounts = from.mounts();
        secrets = from.secrets();
        networkMode = from.networkMode();
        networks = from.networks();
        ports = from.ports();
        resources = from.resources();
        healthCheck = from.healthCheck();
        restart = from.restart();
        terminal = from.terminal();
        openInput = from.openInput();
        closeInputOnce = from.closeInputOnce();
        autoRemove = from.autoRemove();
        init = from.init();
        readOnlyRoot = from.readOnlyRoot();
        stopSignal = from.stopSignal();
        stopGrace = from.stopGrace();
        userRange = from.userRange();
        seccomp = from.seccomp();
        runtime = from.runtime();
        jail = from.jail();
    }

    public ContainerRequestBuilder name(Optional<String> value) {
        name = value;
        return this;
    }

    public ContainerRequestBuilder image(String value) {
        image = value;
        return this;
    }

    public ContainerRequestBuilder entrypoint(Optional<List<String>> value) {
        entrypoint = value;
        return this;
    }

    public ContainerRequestBuilder command(Optional<List<String>> value) {
        command = value;
        return this;
    }

    public ContainerRequestBuilder environment(List<String> value) {
        environment = value;
        return this;
    }

    public ContainerRequestBuilder user(Optional<String> value) {
        user = value;
        return this;
    }

    public ContainerRequestBuilder workingDirectory(Optional<String> value) {
        workingDirectory = value;
        return this;
    }

    public ContainerRequestBuilder hostname(Optional<String> value) {
        hostname = value;
        return this;
    }

    public ContainerRequestBuilder labels(Map<String, String> value) {
        labels = value;
        return this;
    }

    public ContainerRequestBuilder mounts(List<Mount> value) {
        mounts = value;
        return this;
    }

    public ContainerRequestBuilder secrets(List<Secret> value) {
        secrets = value;
        return this;
    }

    public ContainerRequestBuilder networkMode(NetworkMode value) {
        networkMode = value;
        return this;
    }

    public ContainerRequestBuilder networks(List<NetworkAttachment> value) {
        networks = value;
        return this;
    }

    public ContainerRequestBuilder ports(List<PublishedPort> value) {
        ports = value;
        return this;
    }

    public ContainerRequestBuilder resources(Resources value) {
        resources = value;
        return this;
    }

    public ContainerRequestBuilder healthCheck(Optional<HealthCheck> value) {
        healthCheck = value;
        return this;
    }

    public ContainerRequestBuilder restart(RestartPolicy value) {
        restart = value;
        return this;
    }

    public ContainerRequestBuilder terminal(boolean value) {
        terminal = value;
        return this;
    }

    public ContainerRequestBuilder openInput(boolean value) {
        openInput = value;
        return this;
    }

    public ContainerRequestBuilder closeInputOnce(boolean value) {
        closeInputOnce = value;
        return this;
    }

    public ContainerRequestBuilder autoRemove(boolean value) {
        autoRemove = value;
        return this;
    }

    public ContainerRequestBuilder init(boolean value) {
        init = value;
        return this;
    }

    public ContainerRequestBuilder readOnlyRoot(boolean value) {
        readOnlyRoot = value;
        return this;
    }

    public ContainerRequestBuilder stopSignal(Optional<String> value) {
        stopSignal = value;
        return this;
    }

    public ContainerRequestBuilder stopGrace(Optional<Duration> value) {
        stopGrace = value;
        return this;
    }

    public ContainerRequestBuilder userRange(Optional<String> value) {
        userRange = value;
        return this;
    }

    public ContainerRequestBuilder seccomp(Optional<String> value) {
        seccomp = value;
        return this;
    }

    /** "" and "berth" are Berth's own. */
    public ContainerRequestBuilder runtime(Optional<String> value) {
        runtime = value.filter(text -> !text.isEmpty() && !text.equals(ContainerRequest.OWN_RUNTIME));
        return this;
    }

    public ContainerRequestBuilder jail(Optional<JailRequest> value) {
        jail = value;
        return this;
    }

    public ContainerRequest build() {
        return new ContainerRequest(
                name,
                image,
                entrypoint,
                command,
                environment,
                user,
                workingDirectory,
                hostname,
                labels,
                mounts,
                secrets,
                networkMode,
                networks,
                ports,
                resources,
                healthCheck,
                restart,
                terminal,
                openInput,
                closeInputOnce,
                autoRemove,
                init,
                readOnlyRoot,
                stopSignal,
                stopGrace,
                userRange,
                seccomp,
                runtime,
                jail);
    }
}
