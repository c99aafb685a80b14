package org.berth.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.berth.base.Instance;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@KernelTest
@Timeout(120)
class RehearsalKernelTest {
    @Test
    void startsEntersAndEndsContainersAndLeavesNothing(Instance instance) throws Exception {
        Path folder = instance.run().resolve("rehearsal");
        try (Rehearsal rehearsal = Rehearsal.open(folder, Main.partsBeside(instance))) {
            rehearsal.round();
            assertThat(rehearsal.engine().containers().list()).isEmpty();
        }
        assertThat(folder).doesNotExist();
        assertThat(groups(folder)).isEmpty();
    }

    @Test
    void aKilledDaemonsRehearsalIsTakenDownByTheNext(Instance instance) throws Exception {
        Path folder = instance.run().resolve("rehearsal");
        Rehearsal killed = Rehearsal.open(folder, Main.partsBeside(instance));
        String waiting = killed.create("wait");
        killed.exchange("POST", waiting + "/start", "");
        killed.abandon();
        assertThat(groups(folder)).isNotEmpty();
        try (Rehearsal next = Rehearsal.open(folder, Main.partsBeside(instance))) {
            assertThat(next.engine().containers().list()).isEmpty();
        }
        assertThat(groups(folder)).isEmpty();
    }

    private static java.util.List<Path> groups(Path folder) throws IOException {
        String name = "berth-" + Rehearsal.instance(folder).tag();
        try (Stream<Path> hierarchies = Files.list(Path.of("/sys/fs/cgroup"))) {
            return Stream.concat(
                            Stream.of(Path.of("/sys/fs/cgroup", name)),
                            hierarchies.map(hierarchy -> hierarchy.resolve(name)))
                    .filter(Files::exists)
                    .toList();
        }
    }
}
