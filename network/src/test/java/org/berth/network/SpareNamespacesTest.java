package org.berth.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.linux.netlink.RouteSocket;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Goal: a namespace made ahead is given once, to its own kind, and none stays. Method: time passes when the test says so. */
@KernelTest
class SpareNamespacesTest {
    private final List<Runnable> soon = new ArrayList<>();
    private final List<Runnable> muchLater = new ArrayList<>();
    private final Set<NetworkNamespace> made = new HashSet<>();

    @Test
    void theNextOneIsMadeAhead() {
        try (SpareNamespaces<String> spares = spares()) {
            assertThat(take(spares, "a")).isEmpty();
            pass(soon);
            assertThat(made).hasSize(1);
            try (NetworkNamespace taken = take(spares, "a").orElseThrow()) {
                assertThat(made).contains(taken);
            }
            assertThat(take(spares, "a")).as("given once").isEmpty();
            pass(soon);
            assertThat(made).as("one for the two that asked").hasSize(2);
        }
    }

    @Test
    void itIsForItsOwnKind() {
        try (SpareNamespaces<String> spares = spares()) {
            take(spares, "a");
            pass(soon);
            assertThat(take(spares, "b")).isEmpty();
        }
    }

    @Test
    void whatNobodyWantsGoes() {
        try (SpareNamespaces<String> spares = spares()) {
            take(spares, "a");
            pass(soon);
            pass(muchLater);
            assertThat(take(spares, "a")).isEmpty();
        }
    }

    @Test
    void fewAreKept() {
        try (SpareNamespaces<String> spares = spares()) {
            List<String> kinds = List.of("a", "b", "c", "d", "e", "f");
            kinds.forEach(kind -> take(spares, kind));
            pass(soon);
            assertThat(kinds.stream()
                            .filter(kind -> {
                                Optional<NetworkNamespace> taken = take(spares, kind);
                                taken.ifPresent(NetworkNamespace::close);
                                return taken.isPresent();
                            })
                            .toList())
                    .containsExactly("c", "d", "e", "f");
        }
    }

    @Test
    void afterTheEndNoneIsMade() {
        SpareNamespaces<String> spares = spares();
        take(spares, "a");
        spares.close();
        pass(soon);
        assertThat(made).isEmpty();
    }

    @Test
    void whatCannotBeMadeIsLeftToWhoAsksNext() {
        try (SpareNamespaces<String> spares = spares()) {
            spares.take("a", () -> {
                throw new BerthException(ErrorCode.KERNEL, "no space left");
            });
            pass(soon);
            assertThat(take(spares, "a")).isEmpty();
        }
    }

    private SpareNamespaces<String> spares() {
        return new SpareNamespaces<>(
                (delay, task) -> (delay.compareTo(Duration.ofSeconds(1)) < 0 ? soon : muchLater).add(task));
    }

    private Optional<NetworkNamespace> take(SpareNamespaces<String> spares, String kind) {
        return spares.take(kind, () -> {
            NetworkNamespace namespace = RouteSocket.createNamespace();
            made.add(namespace);
            return namespace;
        });
    }

    private static void pass(List<Runnable> tasks) {
        List<Runnable> due = List.copyOf(tasks);
        tasks.clear();
        due.forEach(Runnable::run);
    }
}
