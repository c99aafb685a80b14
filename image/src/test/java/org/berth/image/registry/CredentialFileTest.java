package org.berth.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.berth.base.BerthException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logins as docker keeps them: in the file, and with helper programs. */
class CredentialFileTest {
    private static final Credentials ME = new Credentials("me", "se:cret", "");

    @TempDir
    private Path folder;

    private Path file = Path.of("");

    @BeforeEach
    void name() {
        file = folder.resolve("docker/config.json");
    }

    @Test
    void aLoginIsWrittenAsDockerWritesIt() throws IOException {
        CredentialFile credentials = new CredentialFile(file, "");
        assertThat(credentials.store("docker.io", ME)).isEqualTo(file.toString());
        credentials.store("127.0.0.1:5000", new Credentials("you", "p", "token"));
        assertThat(Files.readString(file).replaceAll("\\s", ""))
                .isEqualTo("{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"bWU6c2U6Y3JldA==\"},"
                        + "\"127.0.0.1:5000\":{\"auth\":\"eW91OnA=\",\"identitytoken\":\"token\"}}}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(credentials.find("docker.io")).contains(ME);
        assertThat(credentials.erase("docker.io")).isTrue();
        assertThat(credentials.erase("docker.io")).isFalse();
        assertThat(credentials.find("docker.io")).isEmpty();
        assertThat(credentials.find("127.0.0.1:5000")).isPresent();
    }

    @Test
    void whatElseIsInTheFileStays() throws IOException {
        Files.createDirectories(folder.resolve("docker"));
        Files.writeString(file, "{\"psFormat\": \"x\", \"auths\": {\"a.io\": {\"auth\": \"YTpi\"}}}");
        new CredentialFile(file, "").store("b.io", ME);
        assertThat(Files.readString(file)).contains("psFormat", "YTpi", "b.io");
    }

    @Test
    void aHelperIsSpokenToByItsStreams() throws IOException {
        helper();
        Files.createDirectories(folder.resolve("docker"));
        Files.writeString(file, "{\"credHelpers\": {\"a.io\": \"test\"}}");
        CredentialFile credentials = new CredentialFile(file, "/nowhere:" + folder);
        assertThat(credentials.find("a.io")).isEmpty();
        assertThat(credentials.store("a.io", ME)).isEqualTo("the credential helper test");
        assertThat(credentials.find("a.io")).contains(ME);
        assertThat(Files.readString(file)).doesNotContain("cret", "bWU6");
        assertThat(Files.readString(folder.resolve("arguments"))).doesNotContain("a.io", "cret");
        assertThat(credentials.erase("a.io")).isTrue();
        assertThat(credentials.find("a.io")).isEmpty();
        assertThat(credentials.find("b.io")).isEmpty();
    }

    @Test
    void aStoreForAllHasTokensToo() throws IOException {
        helper();
        Files.createDirectories(folder.resolve("docker"));
        Files.writeString(file, "{\"credsStore\": \"test\"}");
        CredentialFile credentials = new CredentialFile(file, folder.toString());
        credentials.store("b.io", new Credentials("", "", "refresh"));
        assertThat(credentials.find("b.io")).contains(new Credentials("", "", "refresh"));
    }

    @Test
    void aHelperThatIsNotThereIsNamed() throws IOException {
        Files.createDirectories(folder.resolve("docker"));
        Files.writeString(file, "{\"credsStore\": \"absent\"}");
        assertThatThrownBy(() -> new CredentialFile(file, folder.toString()).find("b.io"))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("docker-credential-absent");
        Files.writeString(file, "{\"credsStore\": \"../../bin/sh\"}");
        assertThatThrownBy(() -> new CredentialFile(file, folder.toString()).find("b.io"))
                .hasMessageContaining("expected a plain name");
    }

    /** Keeps what it was given last. */
    private void helper() throws IOException {
        Path program = Files.writeString(folder.resolve("docker-credential-test"), """
                #!/bin/sh
                cd "$(dirname "$0")"
                echo "$@" >>arguments
                case "$1" in
                store) cat >kept ;;
                get) if [ -s kept ]; then cat kept; else echo credentials not found in native keychain; exit 1; fi ;;
                erase) rm -f kept ;;
                esac
                """);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }
}
