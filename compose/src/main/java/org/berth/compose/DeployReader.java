package org.berth.compose;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** {@code deploy}, and the keys of a service that say the same: scale, mem_limit, cpus, pids_limit. */
final class DeployReader {
    private static final int REPLICAS_MAX = 1_000;
    private static final long PERIOD = 100_000;
    private static final long PERIOD_MIN = 1_000;
    private static final long PERIOD_MAX = 1_000_000;

    private final Fields service;
    private final Optional<Fields> deploy;
    private final Optional<Fields> limits;

    DeployReader(Fields service) {
        this.service = service;
        this.deploy = service.fields("deploy", Keys.DEPLOY);
        this.limits = deploy.flatMap(fields -> fields.fields("resources", Keys.RESOURCES))
                .flatMap(fields -> fields.fields("limits", Keys.LIMITS));
    }

    int replicas() {
        OptionalLong scale = service.whole("scale", 0, REPLICAS_MAX);
        OptionalLong replicas =
                deploy.map(fields -> fields.whole("replicas", 0, REPLICAS_MAX)).orElseGet(OptionalLong::empty);
        checkSame("scale", "deploy.replicas", scale, replicas);
        return (int) scale.orElse(replicas.orElse(1));
    }

    Limits limits() {
        OptionalLong memory = service.bytes("mem_limit");
        OptionalLong deployMemory = limits.map(fields -> fields.bytes("memory")).orElseGet(OptionalLong::empty);
        checkSame("mem_limit", "deploy.resources.limits.memory", memory, deployMemory);
        Optional<Double> quota = quota();
        Optional<Double> cpus = service.positive("cpus");
        checkSame("cpus", "cpu_quota", cpus, quota);
        cpus = cpus.or(() -> quota);
        Optional<Double> deployCpus = limits.flatMap(fields -> fields.positive("cpus"));
        checkSame("cpus", "deploy.resources.limits.cpus", cpus, deployCpus);
        OptionalLong pids = service.whole("pids_limit", -1, Integer.MAX_VALUE);
        OptionalLong deployPids = limits.map(fields -> fields.whole("pids", -1, Integer.MAX_VALUE))
                .orElseGet(OptionalLong::empty);
        checkSame("pids_limit", "deploy.resources.limits.pids", pids, deployPids);
        OptionalDouble processors =
                cpus.or(() -> deployCpus).map(OptionalDouble::of).orElseGet(OptionalDouble::empty);
        return new Limits(limited(either(memory, deployMemory)), processors, limited(either(pids, deployPids)));
    }

    /** cpu_quota in each cpu_period, both in microseconds, as processors' worth. */
    private Optional<Double> quota() {
        OptionalLong period = service.whole("cpu_period", PERIOD_MIN, PERIOD_MAX);
        OptionalLong quota = service.whole("cpu_quota", -1, Integer.MAX_VALUE);
        return quota.isPresent() && quota.getAsLong() > 0
                ? Optional.of((double) quota.getAsLong() / period.orElse(PERIOD))
                : Optional.empty();
    }

    UpdatePolicy update() {
        return deploy.flatMap(fields -> fields.fields("update_config", Keys.UPDATE))
                .map(DeployReader::update)
                .orElse(UpdatePolicy.DEFAULT);
    }

    private static UpdatePolicy update(Fields fields) {
        int parallelism = (int) fields.whole("parallelism", 0, REPLICAS_MAX).orElse(1);
        Duration delay = fields.duration("delay").orElse(Duration.ZERO);
        return new UpdatePolicy(parallelism, delay, order(fields), failureAction(fields));
    }

    private static UpdatePolicy.Order order(Fields fields) {
        String text = fields.text("order").orElse("stop-first");
        return switch (text) {
            case "stop-first" -> UpdatePolicy.Order.STOP_FIRST;
            case "start-first" -> UpdatePolicy.Order.START_FIRST;
            default -> {
                fields.context()
                        .problems()
                        .report(
                                fields.valuePosition("order"),
                                fields.name("order") + " must be stop-first or start-first, not '" + text + "'");
                yield UpdatePolicy.Order.STOP_FIRST;
            }
        };
    }

    private static UpdatePolicy.FailureAction failureAction(Fields fields) {
        String text = fields.text("failure_action").orElse("pause");
        switch (text) {
            case "pause" -> {
                return UpdatePolicy.FailureAction.PAUSE;
            }
            case "continue" -> {
                return UpdatePolicy.FailureAction.CONTINUE;
            }
            case "rollback" ->
                fields.context()
                        .problems()
                        .reportUnsupported(
                                fields.valuePosition("failure_action"),
                                "failure_action 'rollback' is Compose's, but berth does not have it yet: use pause or"
                                        + " continue");
            default ->
                fields.context()
                        .problems()
                        .report(
                                fields.valuePosition("failure_action"),
                                fields.name("failure_action") + " must be pause or continue, not '" + text + "'");
        }
        return UpdatePolicy.FailureAction.PAUSE;
    }

    private void checkSame(String key, String other, OptionalLong one, OptionalLong two) {
        if (one.isPresent() && two.isPresent() && one.getAsLong() != two.getAsLong()) {
            differ(key, other);
        }
    }

    private void checkSame(String key, String other, Optional<Double> one, Optional<Double> two) {
        if (one.isPresent() && two.isPresent() && !one.equals(two)) {
            differ(key, other);
        }
    }

    private void differ(String key, String other) {
        service.context()
                .problems()
                .report(
                        service.position(key),
                        "'" + key + "' and '" + other + "' of " + service.where() + " differ: keep one of them");
    }

    private static OptionalLong either(OptionalLong one, OptionalLong other) {
        return one.isPresent() ? one : other;
    }

    /** Compose's -1 and 0 are "not limited". */
    private static OptionalLong limited(OptionalLong limit) {
        return limit.isPresent() && limit.getAsLong() > 0 ? limit : OptionalLong.empty();
    }
}
