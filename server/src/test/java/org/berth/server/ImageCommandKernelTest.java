package org.berth.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.berth.base.Instance;
import org.berth.control.Controller;
import org.berth.control.Store;
import org.berth.control.Timing;
import org.berth.engine.ContainerState;
import org.berth.engine.LocalEngine;
import org.berth.server.fixture.Docker;
import org.berth.server.fixture.HostImage;
import org.berth.server.registry.PushAccess;
import org.berth.server.registry.RegistryListener;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** What the unmodified docker command does with images, on the real kernel and store. */
@KernelTest
@Timeout(300)
@EnabledIf(value = "dockerIsThere", disabledReason = "no docker command on PATH: install docker-cli to run this")
class ImageCommandKernelTest {
    @TempDir
    private Path folder;

    private BerthServer server;
    private Docker docker;

    static boolean dockerIsThere() {
        return Docker.isThere();
    }

    @BeforeEach
    void start(Instance instance) throws Exception {
        server = BerthServer.start(
                instance,
                new BerthServer.Parts(
                        own -> LocalEngine.open(own, System.getenv()),
                        (own, node) -> Controller.of(
                                Store.open(
                                        own.root().resolve("control.db"),
                                        own.run().resolve("native")),
                                node,
                                Clock.systemUTC(),
                                Timing.DEFAULT)));
        HostImage.store(server.engine().images());
        docker = new Docker(instance);
    }

    @AfterEach
    void end() {
        for (ContainerState state : server.engine().containers().list()) {
            server.engine().containers().remove(state.id(), true, true);
        }
        server.engine()
                .networks()
                .list()
                .forEach(network -> server.engine().networks().remove(network.id()));
        server.close();
    }

    private String did(String... arguments) throws Exception {
        Docker.Ended ended = docker.run(arguments);
        assertThat(ended.code()).as(ended.error() + ended.output()).isZero();
        return ended.output();
    }

    @Test
    void pushesLogsInPullsAndRemoves() throws Exception {
        Path users = Files.writeString(
                folder.resolve("users"),
                "me:"
                        + org.bouncycastle.crypto.generators.OpenBSDBCrypt.generate(
                                "2y", "secret".toCharArray(), new byte[16], 4));
        try (RegistryListener registry =
                RegistryListener.open(server.engine().images().served(), "0", PushAccess.parse(users.toString()))) {
            String name = registry.name() + "/team/app:1";
            did("tag", HostImage.NAME, name);
            assertThat(docker.run("push", name).code()).isNotZero();
            assertThat(docker.runWith("guess", "login", "-u", "me", "--password-stdin", registry.name())
                            .code())
                    .isNotZero();
            assertThat(docker.runWith("secret", "login", "-u", "me", "--password-stdin", registry.name())
                            .output())
                    .contains("Login Succeeded");
            try {
                assertThat(did("push", name)).contains("1: digest: sha256:");
            } finally {
                did("logout", registry.name());
            }
            assertThat(did("rmi", name)).contains("Untagged: " + name);
            assertThat(did("pull", name)).contains("Downloaded newer image");
            assertThat(did("images", "--format", "{{.Repository}}:{{.Tag}}")).contains(name);
            did("rmi", name, "team/app:1");
        }
    }

    @Test
    void savesLoadsImportsExportsCommitsAndShowsTheHistory() throws Exception {
        Path saved = folder.resolve("saved.tar");
        did("tag", HostImage.NAME, "saved:1");
        did("save", "-o", saved.toString(), "saved:1");
        did("rmi", "saved:1");
        assertThat(did("load", "-i", saved.toString())).contains("Loaded image: ");
        assertThat(did("images", "-q", "saved:1")).isNotBlank();
        assertThat(did("history", "-q", "saved:1")).isNotBlank();

        did("run", "--name", "c", HostImage.NAME, "sh", "-c", "echo new >/made");
        assertThat(did("diff", "c").lines()).contains("A /made");
        String id = did("commit", "-m", "by hand", "-c", "ENV X=y", "c", "committed:1")
                .trim();
        assertThat(id).startsWith("sha256:");
        assertThat(did("history", "--format", "{{.CreatedBy}}", "--no-trunc", "committed:1"))
                .contains("by hand");
        assertThat(did("run", "--rm", "committed:1", "sh", "-c", "cat /made; echo $X"))
                .isEqualTo("new\ny\n");

        Path exported = folder.resolve("exported.tar");
        did("export", "-o", exported.toString(), "c");
        did("import", "-c", "CMD [\"sh\", \"-c\", \"cat /made\"]", exported.toString(), "imported:1");
        assertThat(did("run", "--rm", "imported:1")).isEqualTo("new\n");
        did("rm", "c");
    }
}
