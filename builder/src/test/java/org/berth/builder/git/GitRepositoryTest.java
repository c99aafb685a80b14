package org.berth.builder.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ProxySelector;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of a repository, and which others one may name. */
class GitRepositoryTest {
    @TempDir
    private Path folder;

    private static GitRemote remote(String address) {
        return new GitRemote(address, Map.of("Authorization", "who"), () -> ProxySelector.of(null));
    }

    /** The library would ask a shell for the umask, and git for its settings. */
    @Test
    void nothingIsRunForIt() throws IOException {
        try (Recording recording = new Recording()) {
            recording.enable("jdk.ProcessStart");
            recording.start();
            GitRepository.open(remote("https://example.org/a.git"), folder.resolve("kept"))
                    .close();
            recording.stop();
            recording.dump(folder.resolve("events"));
            assertThat(RecordingFile.readAllEvents(folder.resolve("events"))).isEmpty();
        }
        assertThat(folder.resolve("kept/objects")).isDirectory();
    }

    @Test
    void aHostThatIsNotKnownIsSaid() {
        try (GitRepository repository =
                GitRepository.open(remote("https://no-such-host.invalid/a.git"), folder.resolve("kept"))) {
            assertThatThrownBy(() -> repository.find("main"))
                    .hasMessageContaining("https://no-such-host.invalid/a.git")
                    .hasMessageContaining("the host no-such-host.invalid is not known");
        }
    }

    @Test
    void anotherRepositoryIsNamedAsGitHasItAndToldWhoAsksByItsOwnHostOnly() {
        GitRemote outer = remote("https://example.org/team/outer.git");
        assertThat(outer.other("../inner.git").address()).isEqualTo("https://example.org/team/inner.git");
        assertThat(outer.other("./inner.git").address()).isEqualTo("https://example.org/team/outer.git/inner.git");
        assertThat(outer.other("../../../../inner.git").address()).isEqualTo("https://example.org/inner.git");
        assertThat(outer.other("../inner.git").headers()).isNotEmpty();
        assertThat(outer.other("https://elsewhere.example/x.git").headers()).isEmpty();
        assertThat(outer.other("http://example.org/x.git").headers()).isEmpty();
        for (String wrong : List.of("file:///etc", "/etc", "ext::sh -c id", "ssh://host/x", "git@host:x", "-u")) {
            assertThatThrownBy(() -> outer.other(wrong)).as(wrong).hasMessageContaining("repository");
        }
        assertThat(remote("https://me:hidden@example.org/a.git").name()).isEqualTo("https://example.org/a.git");
    }
}
