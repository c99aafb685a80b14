package org.berth.builder;

import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerRequest;
import org.berth.engine.ContainerRequest.NetworkAttachment;
import org.berth.engine.ContainerRequest.NetworkMode;
import org.berth.engine.ContainerState;
import org.berth.engine.Containers;
import org.berth.engine.Containers.LogQuery;
import org.berth.engine.Containers.WaitCondition;
import org.berth.engine.Engine;
import org.berth.engine.JailRequest;
import org.berth.image.Image;
import org.berth.image.ImageConfig;
import org.berth.image.Images;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.MergedRoot;
import org.berth.network.Networks.Network;
import org.berth.runtime.ExitStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a build's programs, each in a container of its own like any other, with a network. */
final class StepRunner {
    private static final long HOURS_MAX = 12;
    private static final Logger LOG = LoggerFactory.getLogger(StepRunner.class);

    /** The engine's default network. */
    private static final String NETWORK = "bridge";

    private final Engine engine;

    StepRunner(Engine engine) {
        this.engine = engine;
    }

    /**
     * Removes the containers of steps that a daemon was killed in the middle of.
     *
     * @return the ids of the nameless images that steps were made of: their layers are what was built until then
     */
    List<String> removeLeftovers() {
        for (ContainerState container : engine.containers().list()) {
            if (container.request().labels().containsKey(Image.STEP_LABEL)) {
                try {
                    engine.containers().remove(container.id(), true, true);
                } catch (RuntimeException e) {
                    LOG.warn("container {} of a build stays: {}", container.name(), e.getMessage());
                }
            }
        }
        return engine.images().list().stream()
                .filter(Image::isIntermediate)
                .map(Image::id)
                .toList();
    }

    /**
     * Runs to the end.
     *
     * @param printing takes its lines
     * @return the diff id of what it changed
     * @throws BerthException FAILED with its last lines when it ends with another code than 0
     */
    String run(BuildState state, RunStep step, Holds holds, Consumer<String> printing) {
        if (state.layers().isEmpty()) {
            throw new BerthException(
                    ErrorCode.INVALID, step.where() + ": " + step.text() + ": FROM scratch has no program to run");
        }
        if (step.surroundings().network() != NetworkMode.NETWORKS || !LoopbackAddresses.isIn(step.passing())) {
            return container(state, step, step.passing(), holds, printing);
        }
        Inet4Address gateway = gateway();
        try (HostRelay relay = new HostRelay(gateway)) {
            Map<String, String> passing =
                    LoopbackAddresses.replace(step.passing(), gateway.getHostAddress(), relay::relay);
            return container(state, step, passing, holds, printing);
        }
    }

    private String container(
            BuildState state, RunStep step, Map<String, String> passing, Holds holds, Consumer<String> printing) {
        Image image = image(state);
        holds.add(image.id());
        Containers containers = engine.containers();
        List<String> missing = missing(state, step);
        String id = containers.create(request(image, step, passing)).id();
        try {
            OutputLines lines = new OutputLines(printing);
            containers.start(id);
            containers.logs(
                    id, new LogQuery(true, true, true, Optional.empty(), Optional.empty(), Optional.empty()), frame -> {
                        lines.accept(frame.stream(), frame.bytes());
                        return true;
                    });
            lines.finish();
            ExitStatus exit = exit(containers, id, step);
            if (exit.code() != 0) {
                throw failed(step, exit, lines.last());
            }
            tidy(id, step, missing);
            return containers.commitLayer(id);
        } finally {
            Uninterrupted.run(() -> containers.remove(id, true, true));
        }
    }

    /** Of the places that things are mounted at, those that are made for it. */
    private List<String> missing(BuildState state, RunStep step) {
        List<String> targets = step.surroundings().targets();
        if (targets.isEmpty()) {
            return List.of();
        }
        String key = LayerMaker.snapshotKey();
        Images.Snapshot snapshot = engine.images().prepare(key, state.layers());
        try (InRoot root = MergedRoot.mount(snapshot.lower(), Optional.empty())) {
            return RunMounts.missing(root, targets);
        } finally {
            engine.images().release(key);
        }
    }

    private void tidy(String id, RunStep step, List<String> missing) {
        Optional<Images.Snapshot> snapshot = engine.images().snapshot(id);
        if (snapshot.isEmpty()) {
            return;
        }
        if (!missing.isEmpty()) {
            try (InRoot upper = InRoot.open(snapshot.get().upper())) {
                RunMounts.removeStubs(upper, missing);
            }
        }
        step.surroundings()
                .newest()
                .ifPresent(newest -> Trees.clamp(snapshot.get().upper(), newest));
    }

    /** The host's address on the network that steps are on. */
    private Inet4Address gateway() {
        return engine.networks().find(NETWORK).orElseGet(this::network).gateway();
    }

    /** A container that starts at the same time may make it first. */
    private Network network() {
        try {
            return engine.networks().create(NETWORK, Optional.empty(), false, Map.of());
        } catch (BerthException e) {
            return engine.networks().find(NETWORK).orElseThrow(() -> e);
        }
    }

    private static ExitStatus exit(Containers containers, String id, RunStep step) {
        try {
            return containers.await(id, WaitCondition.NOT_RUNNING).get(HOURS_MAX, TimeUnit.HOURS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BerthException(ErrorCode.FAILED, step.where() + ": " + step.text() + ": cancelled", e);
        } catch (TimeoutException e) {
            throw new BerthException(
                    ErrorCode.TIMEOUT,
                    step.where() + ": " + step.text() + ": not done after " + HOURS_MAX + " hours",
                    e);
        } catch (ExecutionException e) {
            throw new BerthException(ErrorCode.INTERNAL, step.where() + ": " + step.text() + ": " + e.getMessage(), e);
        }
    }

    /**
     * What the container is made of. Volumes would hide, and then lose, what the step writes there. The
     * label makes it an image of its own, so that no other build removes it.
     */
    private Image image(BuildState state) {
        ImageConfig config = new ConfigEditor(state.config())
                .withoutVolumes()
                .label(Image.STEP_LABEL, LayerMaker.snapshotKey())
                .config();
        return engine.images().create(config, state.layers(), state.history(), Optional.empty());
    }

    private static BerthException failed(RunStep step, ExitStatus exit, List<String> last) {
        Optional<String> explanation = step.explanation().explain(last);
        if (explanation.isPresent()) {
            return new BerthException(ErrorCode.FAILED, step.where() + ": " + explanation.get());
        }
        String why = exit.outOfMemory() ? "ran out of memory" : "ended with exit code " + exit.code();
        String output = last.isEmpty() ? "" : "; its last lines:\n  " + String.join("\n  ", last);
        return new BerthException(ErrorCode.FAILED, step.where() + ": " + step.text() + ": " + why + output);
    }

    private static ContainerRequest request(Image image, RunStep step, Map<String, String> passing) {
        List<String> environment = new ArrayList<>();
        step.environment().forEach((name, value) -> environment.add(name + "=" + value));
        passing.forEach((name, value) -> environment.add(name + "=" + value));
        NetworkMode network = step.surroundings().network();
        return ContainerRequest.of(image.id())
                .entrypoint(Optional.of(List.of()))
                .command(Optional.of(step.arguments()))
                .environment(List.copyOf(environment))
                .hostname(Optional.of("build"))
                .labels(Map.of(Image.STEP_LABEL, "true"))
                .mounts(step.mounts())
                .jail(
                        step.surroundings().allRights()
                                ? Optional.of(JailRequest.of().privileged(true).build())
                                : Optional.empty())
                .networkMode(network)
                .networks(
                        network == NetworkMode.NETWORKS ? List.of(new NetworkAttachment(NETWORK, Set.of())) : List.of())
                .build();
    }
}
