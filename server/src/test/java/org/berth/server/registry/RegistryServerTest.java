package org.berth.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.Image;
import org.berth.image.ImageConfig;
import org.berth.image.Images;
import org.berth.image.LocalImages;
import org.berth.image.Reference;
import org.berth.image.registry.Credentials;
import org.berth.image.registry.RegistrySettings;
import org.berth.image.registry.Repository;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded registry with another Berth, and with skopeo. */
@KernelTest
class RegistryServerTest {
    @TempDir
    private Path folder;

    @Test
    void anImageIsPushedToAnotherNodeAndRunThere(Instance instance) throws IOException {
        try (ServedStore node = ServedStore.open(instance, new PushAccess.Anybody());
                LocalImages own = ServedStore.images(ServedStore.second(instance))) {
            Image made = make(own, node.name("team/app:1"));
            own.push(node.name("team/app:1"), Optional.empty(), Progress.SILENT);
            Image there = node.images().find("team/app:1").orElseThrow();
            assertThat(there.id()).isEqualTo(made.id());
            Images.Snapshot root = node.images().prepare("run", there.layers());
            assertThat(root.lower().getLast().resolve("one")).hasContent("1");
            node.images().release("run");
        }
        try (ServedStore again = ServedStore.open(instance, new PushAccess.Nobody())) {
            assertThat(again.images().find("team/app:1")).isPresent();
        }
    }

    @Test
    void imagesOfThisMachineArePulledByTheirNames(Instance instance) throws IOException {
        try (ServedStore node = ServedStore.open(instance, new PushAccess.Nobody());
                LocalImages other = ServedStore.images(ServedStore.second(instance))) {
            Image made = make(node.images(), Reference.parse("app:1"));
            for (String name : List.of("app:1", "library/app:1", "docker.io/library/app:1")) {
                assertThat(other.pull(node.name(name), Progress.SILENT).id()).isEqualTo(made.id());
            }
            Repository repository = other.registries().repository("look", node.name("app:1"), Optional.empty());
            assertThat(repository.tags("look")).containsExactly("1");
            assertThatThrownBy(() -> repository.delete("delete", "1")).hasMessageContaining("takes no pushes");
            assertThatThrownBy(() -> other.push(node.name("app:1"), Optional.empty(), Progress.SILENT))
                    .hasMessageContaining("takes no pushes");
            assertThatThrownBy(() -> other.pull(node.name("none:1"), Progress.SILENT))
                    .hasMessageContaining("manifest unknown");
        }
    }

    /** htpasswd -nbB me secret */
    @Test
    void onlyTheUsersOfAFilePush(Instance instance) throws IOException {
        Path users = Files.writeString(
                folder.resolve("users"),
                "me:"
                        + org.bouncycastle.crypto.generators.OpenBSDBCrypt.generate(
                                "2y", "secret".toCharArray(), new byte[16], 4));
        try (ServedStore node = ServedStore.open(instance, PushAccess.parse(users.toString()));
                LocalImages own = ServedStore.images(ServedStore.second(instance))) {
            Reference name = node.name("app:1");
            make(own, name);
            assertThatThrownBy(() -> own.push(name, Optional.empty(), Progress.SILENT))
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHORIZED));
            Credentials wrong = new Credentials("me", "guess", "");
            assertThatThrownBy(() -> own.push(name, Optional.of(wrong), Progress.SILENT))
                    .isInstanceOf(BerthException.class);
            Credentials right = new Credentials("me", "secret", "");
            own.push(name, Optional.of(right), Progress.SILENT);
            assertThat(node.images().find("app:1")).isPresent();
            own.registries().check(name.registry(), right);
            assertThatThrownBy(() -> own.registries().check(name.registry(), wrong))
                    .hasMessageContaining("log in");
        }
    }

    @Test
    void byTlsItProvesItself(Instance instance) throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "openssl is not installed");
        Path certificate = folder.resolve("server.pem");
        Path key = folder.resolve("server.key");
        run(
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
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString());
        try (LocalImages images = ServedStore.images(instance);
                RegistryListener registry = RegistryListener.open(
                        images.served(),
                        "127.0.0.1:0",
                        new PushAccess.Nobody(),
                        RegistryListener.tls(certificate.toString(), key.toString()))) {
            Image made = make(images, Reference.parse("app:1"));
            Path file = folder.resolve("registries.json");
            for (String trust : List.of("", "\"authority\": \"" + certificate + "\"", "\"insecure\": true")) {
                Files.writeString(
                        file,
                        "{\"lan.test\": {\"mirrors\": [\"https://" + registry.name() + "\"]}, \"" + registry.name()
                                + "\": {" + trust + "}}");
                Instance other = new Instance(folder.resolve("other" + trust.length()), instance.run());
                try (LocalImages own = ServedStore.images(
                        other, RegistrySettings.fromEnvironment(Map.of("BERTH_REGISTRIES_FILE", file.toString())))) {
                    if (trust.isEmpty()) {
                        assertThatThrownBy(() -> own.pull(Reference.parse("lan.test/app:1"), Progress.SILENT))
                                .isInstanceOf(BerthException.class);
                    } else {
                        assertThat(own.pull(Reference.parse("lan.test/app:1"), Progress.SILENT)
                                        .id())
                                .isEqualTo(made.id());
                    }
                }
            }
        }
    }

    @Test
    void filesThatAreNoKeyAreRefused() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "openssl is not installed");
        String certificate = folder.resolve("server.pem").toString();
        String old = folder.resolve("old.key").toString();
        run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-subj",
                "/CN=x",
                "-keyout",
                old,
                "-out",
                certificate);
        run("openssl", "rsa", "-traditional", "-in", old, "-out", old + ".1");
        assertThatThrownBy(() -> RegistryListener.tls(certificate, "")).hasMessageContaining("the key is missing");
        assertThatThrownBy(() ->
                        RegistryListener.tls(certificate, folder.resolve("none").toString()))
                .hasMessageContaining("none");
        assertThatThrownBy(() -> RegistryListener.tls(certificate, certificate))
                .hasMessageContaining("expected a PEM text with BEGIN PRIVATE KEY");
        assertThatThrownBy(() -> RegistryListener.tls(certificate, old + ".1")).hasMessageContaining("openssl pkcs8");
        assertThat(RegistryListener.tls(certificate, old)).isPresent();
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor()).as(command[0]).isZero();
    }

    @Test
    void skopeoCopiesBothWays(Instance instance) throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/skopeo")), "skopeo is not installed");
        try (ServedStore node = ServedStore.open(instance, new PushAccess.Anybody())) {
            Image made = make(node.images(), Reference.parse("app:1"));
            String layout = "oci:" + folder.resolve("layout") + ":x";
            skopeo(
                    "copy",
                    "--src-tls-verify=false",
                    "docker://" + node.name("app:1").full(),
                    layout);
            skopeo(
                    "copy",
                    "--dest-tls-verify=false",
                    layout,
                    "docker://" + node.name("back:2").full());
            assertThat(node.images().find("back:2").orElseThrow().id()).isEqualTo(made.id());
            skopeo(
                    "copy",
                    "--format=v2s2",
                    "--dest-tls-verify=false",
                    layout,
                    "docker://" + node.name("docker:1").full());
            assertThat(node.images().find("docker:1").orElseThrow().layers()).isEqualTo(made.layers());
            skopeo(
                    "delete",
                    "--tls-verify=false",
                    "docker://" + node.name("docker:1").full());
            assertThat(node.images().find("docker:1")).isEmpty();
        }
    }

    private static void skopeo(String command, String... arguments) throws Exception {
        List<String> line = new java.util.ArrayList<>(List.of("/usr/bin/skopeo", "--insecure-policy", command));
        line.addAll(List.of(arguments));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
    }

    private static Image make(LocalImages images, Reference name) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            TarArchiveEntry entry = new TarArchiveEntry("one");
            entry.setSize(1);
            tar.putArchiveEntry(entry);
            tar.write('1');
            tar.closeArchiveEntry();
        }
        String layer = images.addLayer(new ByteArrayInputStream(bytes.toByteArray()), Progress.SILENT);
        return images.create(
                new ImageConfig(
                        "amd64",
                        Instant.EPOCH,
                        List.of("A=b"),
                        List.of(),
                        List.of("sh"),
                        "",
                        "",
                        Set.of(),
                        Set.of(),
                        Map.of(),
                        ""),
                List.of(layer),
                List.of("one"),
                Optional.of(name));
    }
}
