package org.berth.builder;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.builder.GraphRun.Made;
import org.berth.builder.GraphWork.Tools;
import org.berth.builder.LayerMaker.Manner;
import org.berth.builder.dockerfile.Instruction.RunNetwork;
import org.berth.builder.dockerfile.Instruction.RunSecurity;
import org.berth.builder.dockerfile.RunMount;
import org.berth.builder.source.PipSettings;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.engine.ContainerRequest.NetworkMode;
import org.berth.linux.SystemCallException;

/** Steps that run a program. */
final class RunWork {
    private final BuildContext context;
    private final Tools tools;
    private final Optional<Instant> epoch;

    RunWork(BuildContext context, Tools tools, Optional<Instant> epoch) {
        this.context = context;
        this.tools = tools;
        this.epoch = epoch;
    }

    BuildState make(Operation.Run run, BuildState state, List<Made> all, Manner manner) {
        Entitlements.check(run, context.request().options().entitlements());
        List<String> inputs = inputs(run, all);
        return context.layers().run(state, step(run, inputs, List.of(), Map.of(), Optional.empty()), manner, () -> {
            try (RunMounts mounts = RunMounts.prepare(run, context, tools, all)) {
                RunStep step = step(run, inputs, mounts.mounts(), mounts.variables(), Optional.of(mounts));
                return context.layers().runner().run(state, step, manner.holds(), manner.printing());
            } catch (SystemCallException e) {
                throw new BerthException(ErrorCode.FAILED, run.place().say(run.text() + ": " + e.getMessage()), e);
            } catch (BerthException e) {
                throw context.at(run.place(), e);
            }
        });
    }

    private RunStep step(
            Operation.Run run,
            List<String> inputs,
            List<Mount> mounts,
            Map<String, String> variables,
            Optional<RunMounts> prepared) {
        Map<String, String> passing = new TreeMap<>(PipSettings.proxies(context.environment()));
        passing.putAll(PipSettings.proxies(context.request().arguments()));
        passing.putAll(context.host().variables());
        passing.keySet().removeAll(run.environment().keySet());
        passing.putAll(variables);
        NetworkMode network = switch (run.network()) {
            case NONE -> NetworkMode.NONE;
            case HOST -> NetworkMode.HOST;
            default -> NetworkMode.NETWORKS;
        };
        List<Mount> all = new ArrayList<>(context.host().mounts());
        all.addAll(mounts);
        List<String> targets =
                prepared.isPresent() ? all.stream().map(Mount::target).toList() : List.of();
        return new RunStep(
                run.place().toString(),
                run.text(),
                run.arguments(),
                run.environment(),
                passing,
                inputs,
                all,
                PipFailure::explain,
                new RunStep.Surroundings(network, run.security() == RunSecurity.INSECURE, targets, epoch));
    }

    /** All that the result depends on besides the image, the program and its variables. */
    private List<String> inputs(Operation.Run run, List<Made> all) {
        List<String> inputs = new ArrayList<>();
        inputs.add(
                run.network() == RunNetwork.DEFAULT ? "" : run.network().name().toLowerCase(Locale.ROOT));
        if (run.security() == RunSecurity.INSECURE) {
            inputs.add("insecure");
        }
        run.script().ifPresent(script -> inputs.addAll(List.of("script", script.name(), script.text())));
        epoch.ifPresent(time -> inputs.add("epoch " + time));
        for (RunMount mount : run.mounts()) {
            inputs.addAll(
                    switch (mount) {
                        case RunMount.Bind bind ->
                            List.of(
                                    "bind",
                                    bind.target(),
                                    bind.source(),
                                    Boolean.toString(bind.readOnly()),
                                    content(run, bind, all));
                        case RunMount.Cache cache ->
                            List.of("cache", cache.target(), cache.id(), from(run, cache.from(), all));
                        case RunMount.Memory memory -> List.of("tmpfs", memory.target());
                        // neither what a secret is, nor whether it was given: a change of it is no change of the step
                        case RunMount.Secret secret ->
                            List.of(
                                    "secret",
                                    secret.target(),
                                    secret.id(),
                                    secret.variable().orElse(""));
                        case RunMount.Agent agent -> List.of("ssh", agent.target());
                    });
        }
        return inputs;
    }

    private String content(Operation.Run run, RunMount.Bind bind, List<Made> all) {
        if (bind.from().isPresent()) {
            return from(run, bind.from(), all);
        }
        try {
            return context.tree().digest(context.tree().resolve(bind.source()));
        } catch (BerthException e) {
            throw context.at(run.place(), e);
        }
    }

    private static String from(Operation.Run run, Optional<String> name, List<Made> all) {
        return name.map(from -> String.join(
                        " ", all.get(run.sources().getOrDefault(from, 0)).layers()))
                .orElse("");
    }
}
