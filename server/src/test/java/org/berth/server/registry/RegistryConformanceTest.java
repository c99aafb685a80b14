package org.berth.server.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.berth.base.Instance;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The distribution-spec's own conformance program against the embedded registry. It is built from the specification's
 * repository (folder conformance) and named by BERTH_DISTRIBUTION_CONFORMANCE; without it the test is skipped.
 */
@KernelTest
class RegistryConformanceTest {
    private static final String PROGRAM = "BERTH_DISTRIBUTION_CONFORMANCE";

    /** SHA-512 is a choice of a registry's (image-spec, descriptor.md); the store keeps SHA-256. */
    private static final Map<String, String> SETTINGS = Map.of(
            "OCI_TLS", "disabled",
            "OCI_REPO1", "conformance/one",
            "OCI_REPO2", "conformance/two",
            "OCI_DATA_SHA512", "false",
            "OCI_VERSION", "1.1");

    @TempDir
    private Path folder;

    @Test
    void passesPullPushDiscoveryAndManagement(Instance instance) throws Exception {
        String program = System.getenv().getOrDefault(PROGRAM, "");
        Assumptions.assumeTrue(
                !program.isEmpty() && Files.isExecutable(Path.of(program)),
                PROGRAM + " names no program: see CONTRIBUTING.md");
        try (ServedStore store = ServedStore.open(instance, new PushAccess.Anybody())) {
            ProcessBuilder builder = new ProcessBuilder(program)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("output").toFile());
            builder.environment().putAll(SETTINGS);
            builder.environment().put("OCI_REGISTRY", store.registry().name());
            builder.environment().put("OCI_RESULTS_DIR", folder.toString());
            Process process = builder.start();
            assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue())
                    .as(Files.readString(folder.resolve("output")))
                    .isZero();
            assertThat(Files.readString(folder.resolve("junit.xml"))).contains("<testsuite", "failures=\"0\"");
        }
    }
}
