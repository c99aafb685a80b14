package org.berth.image.signature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.image.Image;
import org.berth.image.ImageConfig;
import org.berth.image.Reference;
import org.berth.image.attached.Attachment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImagePolicyTest {
    private static final String DIGEST = "sha256:" + "ab".repeat(32);

    @TempDir
    private Path folder = Path.of("");

    private Path file = Path.of("");
    private final KeyPair pair = KeyPair.generate("", new SecureRandom());

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("policy.json");
        Files.writeString(folder.resolve("team.pub"), pair.publicKey());
        Files.writeString(file, """
                {"images": [
                   {"name": "docker.io/library/debian", "require": "anything"},
                   {"name": "registry.example/shop/*", "require": "key", "keys": ["team.pub"]},
                   {"name": "<none>", "require": "anything"}],
                 "otherwise": "nothing"}
                """);
    }

    @Test
    void theFirstRuleThatFitsDecides() {
        assertThatCode(() -> check(List.of(), "debian:bookworm")).doesNotThrowAnyException();
        assertThatCode(() -> check(List.of())).doesNotThrowAnyException();
        assertThatThrownBy(() -> check(List.of(), "redis"))
                .isInstanceOf(BerthException.class)
                .hasMessage("image docker.io/library/redis may not run by the policy " + file
                        + ": it lets no image of that name run");
    }

    @Test
    void aSignatureIsAskedForAndEveryNameCounts() {
        assertThatThrownBy(() -> check(List.of(), "registry.example/shop/web:1"))
                .hasMessageContaining("wants a signature of one of 1 keys");
        Attachment signature = Signer.of(pair.privateKey(), "").sign("registry.example/shop/web", DIGEST);
        assertThatCode(() -> check(List.of(signature), "registry.example/shop/web:1"))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> check(List.of(), "debian:bookworm", "registry.example/shop/web:1"))
                .hasMessageContaining("wants a signature");
        assertThatThrownBy(() -> check(List.of(signature), "registry.example/shop/web:1", "redis"))
                .hasMessageContaining("redis may not run");
    }

    @Test
    void withoutAFileEverythingRuns() {
        assertThat(ImagePolicy.read(folder.resolve("none.json"))).isEqualTo(ImagePolicy.OPEN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{\"otherwise\": \"yes\"}",
                "{\"images\": [{\"require\": \"anything\"}]}",
                "{\"images\": [{\"name\": \"*\", \"require\": \"key\"}]}",
                "{\"images\": [{\"name\": \"*\", \"require\": \"key\", \"keys\": [\"missing.pub\"]}]}",
                "{\"images\": [{\"name\": \"*\", \"require\": \"nothing\", \"keys\": [\"team.pub\"]}]}"
            })
    void aPolicyThatCantBeReadIsAnError(String text) throws IOException {
        Files.writeString(file, text);
        assertThatThrownBy(() -> ImagePolicy.read(file))
                .isInstanceOf(BerthException.class)
                .hasMessageStartingWith(file.toString());
    }

    private void check(List<Attachment> attachments, String... names) {
        Image image = new Image(
                "sha256:" + "00".repeat(32),
                DIGEST,
                Arrays.stream(names).map(Reference::parse).toList(),
                new ImageConfig(
                        "amd64",
                        Instant.EPOCH,
                        List.of(),
                        List.of(),
                        List.of(),
                        "",
                        "",
                        Set.of(),
                        Set.of(),
                        Map.of(),
                        ""),
                List.of(),
                0);
        ImagePolicy.read(file).check(image, () -> attachments);
    }
}
