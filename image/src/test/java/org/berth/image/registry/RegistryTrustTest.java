package org.berth.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.Image;
import org.berth.image.LocalImages;
import org.berth.image.Reference;
import org.berth.image.StoreFixture;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What registries.json says of hosts, against real servers (Debian's docker-registry). 0.0.0.0 is this machine too, and by its
 * name no loopback address: it is spoken to as any other host.
 */
@KernelTest
class RegistryTrustTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void needsServers() {
        Command.require("docker-registry", "openssl");
    }

    @Test
    void plainHttpIsSpokenToWhomTheFileNames(Instance instance) throws IOException {
        try (DockerRegistry registry = DockerRegistry.start(folder)) {
            Reference name = Reference.parse(elsewhere(registry) + "/app:1");
            assertThatExceptionOfType(BerthException.class)
                    .isThrownBy(() -> pushAndPull(instance, name, "{}"))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                    .withMessageContaining(name.registry());
            pushAndPull(instance, name, "{\"" + name.registry() + "\": {\"insecure\": true}}");
        }
    }

    @Test
    void certificatesAreBelievedAsTheFileSays(Instance instance) throws IOException {
        Path certificate = folder.resolve("server.pem");
        Path key = folder.resolve("server.key");
        String ignored = Command.run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=registry",
                "-addext",
                "subjectAltName=IP:0.0.0.0",
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString());
        String tls = "  tls:\n    certificate: %s\n    key: %s\n".formatted(certificate, key);
        try (DockerRegistry registry = DockerRegistry.start(folder, tls)) {
            Reference name = Reference.parse(elsewhere(registry) + "/app:1");
            assertThatExceptionOfType(BerthException.class)
                    .isThrownBy(() -> pushAndPull(instance, name, "{}"))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                    .withMessageContaining("TLS with " + name.registry());
            pushAndPull(instance, name, "{\"" + name.registry() + "\": {\"authority\": \"" + certificate + "\"}}");
            pushAndPull(instance, name, "{\"" + name.registry() + "\": {\"insecure\": true}}");
        }
    }

    @Test
    void mirrorsAreAskedInTurnForPullsOnly(Instance instance) throws IOException {
        try (DockerRegistry empty = DockerRegistry.start(Files.createDirectory(folder.resolve("one")));
                DockerRegistry full = DockerRegistry.start(Files.createDirectory(folder.resolve("two")))) {
            String dead = "127.0.0.1:" + DockerRegistry.freePort();
            Reference name = Reference.parse("registry.invalid/team/app:1");
            String settings = "{\"registry.invalid\": {\"mirrors\": [\"%s\", \"%s\", \"http://%s\"]}}"
                    .formatted(dead, empty.name(), full.name());
            Image made = pushAndPull(instance, Reference.parse(full.name() + "/team/app:1"), "{}");
            try (LocalImages images = open(instance, settings)) {
                assertThat(images.pull(name, Progress.SILENT).id()).isEqualTo(made.id());
                assertThatExceptionOfType(BerthException.class)
                        .isThrownBy(() -> images.push(name, Optional.empty(), Progress.SILENT))
                        .withMessageContaining("registry.invalid");
            }
        }
    }

    private static String elsewhere(DockerRegistry registry) {
        return registry.name().replace("127.0.0.1", "0.0.0.0");
    }

    private Image pushAndPull(Instance instance, Reference name, String settings) throws IOException {
        try (LocalImages images = open(instance, settings)) {
            Image made = StoreFixture.make(images, name);
            images.push(name, Optional.empty(), Progress.SILENT);
            images.remove(made.id(), true);
            Image pulled = images.pull(name, Progress.SILENT);
            assertThat(pulled.id()).isEqualTo(made.id());
            images.remove(pulled.id(), true);
            return made;
        }
    }

    private LocalImages open(Instance instance, String settings) throws IOException {
        Path file = Files.writeString(folder.resolve("registries.json"), settings);
        return StoreFixture.open(
                instance,
                RegistrySettings.fromEnvironment(
                        Map.of("BERTH_REGISTRIES_FILE", file.toString(), "DOCKER_CONFIG", folder.toString())));
    }
}
