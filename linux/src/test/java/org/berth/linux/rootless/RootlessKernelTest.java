package org.berth.linux.rootless;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.berth.base.Instance;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.berth.testing.OrdinaryUserProgram;
import org.junit.jupiter.api.Test;

/** {@link RootlessProbe} run by the user nobody. */
@KernelTest
class RootlessKernelTest {
    @Test
    void withoutHelpersItIsRootAndNobodyElse(Instance instance) throws Exception {
        Map<String, String> said = run(instance, Map.of("PATH", "/nonexistent"), "a b", "c");
        assertThat(said).containsEntry("machine's", "false").containsEntry("user", "0");
        assertThat(said).containsEntry("last group", "0").containsEntry("kept", "false");
        assertThat(said).containsEntry("interfaces", "[lo]");
        assertThat(said.get("warning"))
                .contains("one user id")
                .contains("newuidmap")
                .contains("neither slirp4netns nor pasta is installed");
    }

    @Test
    void itGoesOnAsTheSameProgramInNamespacesOfItsOwn(Instance instance) throws Exception {
        Map<String, String> said =
                run(instance, Map.of("PATH", "/nonexistent", "PROBE", "kept as it was"), "a b", "", "c");
        assertThat(said).containsEntry("arguments", "a b||c").containsEntry("variable", "kept as it was");
        assertThat(said).containsEntry("folder", "/tmp");
        List<String> namespaces = List.of(said.getOrDefault("namespaces", "").split(" ", -1));
        for (int i = 0; i < namespaces.size(); i++) {
            Path own = Path.of("/proc/self/ns", List.of("user", "mnt", "net").get(i));
            assertThat(namespaces.get(i))
                    .isNotEqualTo(Files.readSymbolicLink(own).toString());
        }
    }

    @Test
    void theNextOneEntersTheNamespacesThatAreKept(Instance instance) throws Exception {
        Map<String, String> first = run(instance, Map.of("PATH", "/nonexistent"), "stay");
        assertThat(first).containsEntry("kept", "true");
        Map<String, String> second = run(instance, Map.of("PATH", "/nonexistent"));
        assertThat(second.get("namespaces")).isEqualTo(first.get("namespaces"));
        assertThat(second).doesNotContainKey("warning").containsEntry("kept", "false");
        Map<String, String> third = run(instance, Map.of("PATH", "/nonexistent"));
        // made anew; the kernel may give the numbers of the old ones again
        assertThat(third).containsKey("warning");
    }

    @Test
    void pastaIsTakenWhereThereIsNoOther(Instance instance) throws Exception {
        Map<String, String> said = run(instance, Map.of("PATH", onlyPasta(instance)));
        assertThat(said.get("warning"))
                .contains("no port of a container can be published")
                .doesNotContain("outside");
        assertThat(said).containsEntry("resolver", "nameserver 169.254.1.1").containsEntry("kept", "false");
        assertThat(said.get("interfaces")).matches("\\[lo, .+]");
    }

    @Test
    void pastaServesTheNextOneAndEndsWithTheLast(Instance instance) throws Exception {
        Map<String, String> environment = Map.of("PATH", onlyPasta(instance));
        run(instance, environment, "stay");
        KnownProcess pasta = recorded(instance, "pasta");
        try {
            Map<String, String> second = run(instance, environment, "stay");
            assertThat(second).doesNotContainKey("warning");
            assertThat(second.get("interfaces")).matches("\\[lo, .+]");
            assertThat(recorded(instance, "pasta")).isEqualTo(pasta);
            assertThat(run(instance, environment)).containsEntry("kept", "false");
            awaitEnd(pasta);
            assertThat(instance.run().resolve("pasta")).doesNotExist();
        } finally {
            pasta.end();
        }
    }

    @Test
    void whatServedAKilledKeeperIsEndedByTheNextOne(Instance instance) throws Exception {
        Map<String, String> environment = Map.of("PATH", onlyPasta(instance));
        run(instance, environment, "stay");
        KnownProcess pasta = recorded(instance, "pasta");
        try {
            recorded(instance, "keeper").end();
            assertThat(run(instance, environment).get("warning")).contains("no port of a container");
            awaitEnd(pasta);
        } finally {
            pasta.end();
        }
    }

    /** Whoever started it was killed before it was recorded. */
    @Test
    void whatServesUnrecordedIsEndedByTheNextOne(Instance instance) throws Exception {
        Map<String, String> environment = Map.of("PATH", onlyPasta(instance));
        run(instance, environment, "stay");
        KnownProcess pasta = recorded(instance, "pasta");
        try {
            Files.delete(instance.run().resolve("pasta"));
            recorded(instance, "keeper").end();
            assertThat(run(instance, environment).get("warning")).contains("no port of a container");
            awaitEnd(pasta);
        } finally {
            pasta.end();
        }
    }

    @Test
    void subordinateIdsAndANetworkAreTheUsers(Instance instance) throws Exception {
        String path = "/usr/bin:/bin";
        assumeTrue(IdHelpers.find("newuidmap", path).isPresent(), "newuidmap is missing");
        assumeTrue(UserNetwork.installed(path).isPresent(), "slirp4netns is missing");
        assumeTrue(Files.exists(Path.of("/dev/net/tun")), "/dev/net/tun is missing");
        Map<String, String> said = run(instance, Map.of("PATH", path));
        assertThat(said).doesNotContainKey("warning");
        assertThat(said).containsEntry("last group", "65536").containsEntry("kept", "false");
        assertThat(said.get("interfaces")).contains("lo").contains("tap0");
        assertThat(said).containsEntry("resolver", "nameserver 10.0.2.3");
    }

    /** A folder for PATH with pasta and nothing else; the test is skipped where it can't serve. */
    private static String onlyPasta(Instance instance) throws IOException {
        Path pasta = PastaNetwork.installed("/usr/bin").orElse(Path.of("/nonexistent"));
        assumeTrue(Files.exists(pasta), "pasta is missing");
        assumeTrue(Files.exists(Path.of("/dev/net/tun")), "/dev/net/tun is missing");
        assumeTrue(
                Files.readAllLines(Path.of("/proc/net/route")).stream()
                        .anyMatch(line -> line.matches("\\S+\\s+00000000\\s.*")),
                "this machine has no way out itself");
        Path folder = Files.createDirectories(instance.run().resolveSibling("programs"));
        Files.createSymbolicLink(folder.resolve("pasta"), pasta);
        return folder.toString();
    }

    private static KnownProcess recorded(Instance instance, String name) throws IOException {
        String line = Files.readString(instance.run().resolve(name)).strip();
        return KnownProcess.living(line).orElseThrow(() -> new AssertionError(name + " does not live: " + line));
    }

    private static void awaitEnd(KnownProcess process) {
        Await.until("process " + process.pid() + " has ended", Duration.ofSeconds(20), () -> !process.lives());
    }

    private static Map<String, String> run(Instance instance, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        OrdinaryUserProgram.Ended ended =
                OrdinaryUserProgram.run(instance, environment, RootlessProbe.class, arguments);
        assertThat(ended.code()).as(ended.output()).isZero();
        return parse(ended.output());
    }

    /** "user 0" by the longest key that it begins with. */
    private static Map<String, String> parse(String output) {
        Map<String, String> said = new LinkedHashMap<>();
        for (String line : output.lines().toList()) {
            int end = line.startsWith("last group ") ? "last group".length() : line.indexOf(' ');
            if (end > 0) {
                said.merge(line.substring(0, end), line.substring(end + 1), (one, other) -> one + "\n" + other);
            }
        }
        return said;
    }
}
