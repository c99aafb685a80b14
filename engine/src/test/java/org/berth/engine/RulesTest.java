package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.berth.engine.ContainerRequest.HealthCheck;
import org.berth.engine.ContainerRequest.RestartPolicy;
import org.berth.engine.ContainerRequest.RestartPolicy.Kind;
import org.berth.engine.ContainerState.Health;
import org.berth.engine.ContainerState.Health.Probe;
import org.berth.engine.ContainerState.HealthStatus;
import org.junit.jupiter.api.Test;

/** The pure rules: restarts, health, signals, names. */
class RulesTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final HealthCheck CHECK = new HealthCheck(
            List.of("true"),
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            2,
            Duration.ofSeconds(60),
            Duration.ofSeconds(3));

    private static Optional<Duration> after(Kind kind, int maximum, int code, boolean stopped, int restarts) {
        return RestartRule.afterExit(new RestartPolicy(kind, maximum), code, stopped, restarts, 1);
    }

    @Test
    void restartsByPolicy() {
        assertThat(after(Kind.NO, 0, 1, false, 0)).isEmpty();
        assertThat(after(Kind.ALWAYS, 0, 0, false, 0)).isPresent();
        assertThat(after(Kind.ALWAYS, 0, 0, true, 0)).isEmpty();
        assertThat(after(Kind.UNLESS_STOPPED, 0, 1, false, 9)).isPresent();
        assertThat(after(Kind.ON_FAILURE, 2, 0, false, 0)).isEmpty();
        assertThat(after(Kind.ON_FAILURE, 2, 1, false, 1)).isPresent();
        assertThat(after(Kind.ON_FAILURE, 2, 1, false, 2)).isEmpty();
        assertThat(after(Kind.ON_FAILURE, 0, 1, false, 1000)).isPresent();
    }

    @Test
    void waitsDoubleUpToAMinute() {
        RestartPolicy always = new RestartPolicy(Kind.ALWAYS, 0);
        assertThat(RestartRule.afterExit(always, 1, false, 0, 0)).contains(Duration.ofMillis(100));
        assertThat(RestartRule.afterExit(always, 1, false, 0, 1)).contains(Duration.ofMillis(100));
        assertThat(RestartRule.afterExit(always, 1, false, 3, 4)).contains(Duration.ofMillis(800));
        assertThat(RestartRule.afterExit(always, 1, false, 1_000_000, 1_000_000))
                .contains(RestartRule.WAIT_MAX);
    }

    @Test
    void startsAtTheDaemonsStart() {
        assertThat(RestartRule.atDaemonStart(new RestartPolicy(Kind.ALWAYS, 0), 0, true, true))
                .isTrue();
        assertThat(RestartRule.atDaemonStart(new RestartPolicy(Kind.ALWAYS, 0), 0, false, false))
                .isFalse();
        assertThat(RestartRule.atDaemonStart(new RestartPolicy(Kind.UNLESS_STOPPED, 0), 0, true, true))
                .isFalse();
        assertThat(RestartRule.atDaemonStart(new RestartPolicy(Kind.UNLESS_STOPPED, 0), 0, false, true))
                .isTrue();
        assertThat(RestartRule.atDaemonStart(new RestartPolicy(Kind.ON_FAILURE, 0), 255, false, true))
                .isTrue();
        assertThat(RestartRule.atDaemonStart(RestartPolicy.NO, 255, false, true))
                .isFalse();
    }

    private static Health probe(Health now, long second, int code) {
        Instant at = START.plusSeconds(second);
        return HealthRule.next(now, CHECK, START, new Probe(at, at, code, ""));
    }

    @Test
    void healthTurnsAfterRetries() {
        Health healthy = probe(HealthRule.STARTING, 3, 0);
        assertThat(healthy.status()).isEqualTo(HealthStatus.HEALTHY);
        Health once = probe(healthy, 13, 1);
        assertThat(once).returns(HealthStatus.HEALTHY, Health::status).returns(1, Health::failures);
        Health twice = probe(once, 23, 1);
        assertThat(twice).returns(HealthStatus.UNHEALTHY, Health::status).returns(2, Health::failures);
        assertThat(probe(twice, 33, 0))
                .returns(HealthStatus.HEALTHY, Health::status)
                .returns(0, Health::failures);
    }

    @Test
    void failuresInTheStartPeriodDoNotCountUntilASuccess() {
        Health starting = probe(probe(probe(HealthRule.STARTING, 3, 1), 6, 1), 9, 1);
        assertThat(starting).returns(HealthStatus.STARTING, Health::status).returns(0, Health::failures);
        Health late = probe(probe(starting, 61, 1), 71, 1);
        assertThat(late.status()).isEqualTo(HealthStatus.UNHEALTHY);
        Health early = probe(probe(probe(starting, 12, 0), 15, 1), 18, 1);
        assertThat(early.status()).isEqualTo(HealthStatus.UNHEALTHY);
    }

    @Test
    void theLogOfProbesIsBounded() {
        Health health = HealthRule.STARTING;
        for (int i = 0; i < 20; i++) {
            health = probe(health, i, 0);
        }
        assertThat(health.log()).hasSize(HealthRule.PROBES_KEPT);
        assertThat(health.log().getLast().start()).isEqualTo(START.plusSeconds(19));
    }

    @Test
    void probesComeFasterWhileItStarts() {
        assertThat(HealthRule.wait(HealthRule.STARTING, CHECK, START, START)).isEqualTo(CHECK.startInterval());
        assertThat(HealthRule.wait(HealthRule.STARTING, CHECK, START, START.plusSeconds(61)))
                .isEqualTo(CHECK.interval());
        assertThat(HealthRule.wait(probe(HealthRule.STARTING, 1, 0), CHECK, START, START))
                .isEqualTo(CHECK.interval());
    }

    @Test
    void signalsByNameAndNumber() {
        assertThat(Signals.parse("SIGTERM")).isEqualTo(15);
        assertThat(Signals.parse("kill")).isEqualTo(9);
        assertThat(Signals.parse("3")).isEqualTo(3);
        assertThat(Signals.parse("RTMIN+3")).isEqualTo(37);
        assertThat(Signals.parse("SIGRTMAX-1")).isEqualTo(63);
        for (String wrong : List.of("", "0", "65", "SIGFOO", "RTMIN+99", "-1")) {
            assertThatThrownBy(() -> Signals.parse(wrong)).hasMessageContaining("invalid signal");
        }
    }

    @Test
    void namesAreTwoWordsAndChecked() {
        String name = ContainerNames.generate(new Random(1), taken -> false);
        assertThat(name).matches("[a-z]+_[a-z]+");
        assertThat(ContainerNames.generate(new Random(1), name::equals)).isNotEqualTo(name);
        assertThat(ContainerNames.newId(new Random(1))).matches("[0-9a-f]{64}");
        assertThat(ContainerNames.check("/a.b-c_d1")).isEqualTo("a.b-c_d1");
        for (String wrong : List.of("", "-a", "a b", "a/b", "ü")) {
            assertThatThrownBy(() -> ContainerNames.check(wrong)).hasMessageContaining("invalid container name");
        }
    }
}
