package org.berth.builder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.image.Image;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;
import org.berth.testing.Await;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ADD of repositories, from git's own server. */
@KernelTest
class DockerfileGitTest {
    @TempDir
    private Path folder;

    @BeforeAll
    static void needsGit() {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/git")), "git is not installed");
    }

    private void built(Instance instance, String add, BuildOptions options, Consumer<InRoot> look) {
        try (Workshop workshop = new Workshop(instance, Map.of())) {
            workshop.write("Dockerfile", "FROM scratch\n" + add + "\n");
            Image image = workshop.build(options);
            workshop.root(image, look);
        }
    }

    private void built(Instance instance, String add, Consumer<InRoot> look) {
        built(instance, add, BuildOptions.NONE, look);
    }

    private static String text(InRoot root, String path) {
        return root.readText(path, 1000).orElse("(no file)");
    }

    @Test
    void theFilesOfABranchHaveGitsModesAndTheCommitsTime(Instance instance) throws IOException {
        GitServer.repository(folder, "one.git");
        try (GitServer server = new GitServer(folder)) {
            built(instance, "ADD " + server.address("one.git/.git") + " /src/", root -> {
                assertThat(text(root, "/src/README")).isEqualTo("of one.git\n");
                assertThat(root.readLink("/src/sub/link")).isEqualTo("deep/file");
                FileStatus program = root.status("/src/run.sh", LastLink.KEEP);
                assertThat(program.mode() & 07777).isEqualTo(0755);
                assertThat(program.modified().getEpochSecond()).isEqualTo(1_700_000_000L);
                assertThat(program.uid()).isZero();
                assertThat(root.status("/src/README", LastLink.KEEP).mode() & 07777)
                        .isEqualTo(0644);
                assertThat(root.find("/src/.git", LastLink.KEEP)).isEmpty();
            });
        }
    }

    @Test
    void branchesTagsCommitsAndFoldersAreNamed(Instance instance) throws IOException {
        Path repository = GitServer.repository(folder, "one.git");
        String first = GitServer.git(repository, "rev-parse", "HEAD");
        GitServer.git(repository, "tag", "-a", "-m", "text", "v1");
        Files.writeString(repository.resolve("README"), "second\n");
        GitServer.commit(repository, "two");
        GitServer.git(repository, "checkout", "-q", "-b", "side");
        Files.writeString(repository.resolve("README"), "side\n");
        String last = GitServer.commit(repository, "three");
        GitServer.git(repository, "checkout", "-q", "main");
        try (GitServer server = new GitServer(folder)) {
            String address = server.address("one.git");
            GitServer.git(folder, "clone", "-q", "--bare", "one.git", "bare.git");
            address = server.address("bare.git");
            String adds = String.join(
                    "\n",
                    "ADD " + address + "#v1 /tag/",
                    "ADD " + address + "#side /branch/",
                    "ADD " + address + "#" + first + " /commit/",
                    "ADD " + address + "#refs/heads/main:sub/deep /deep/",
                    "ADD --exclude=sub " + address + "?branch=side /query/",
                    "ADD --checksum=" + last.substring(0, 12) + " " + address + "#side:sub /checked/",
                    "ADD --checksum=" + first + " " + address + "#v1 /peeled/");
            built(instance, adds, root -> {
                assertThat(text(root, "/tag/README")).isEqualTo("of one.git\n");
                assertThat(text(root, "/branch/README")).isEqualTo("side\n");
                assertThat(text(root, "/commit/README")).isEqualTo("of one.git\n");
                assertThat(text(root, "/deep/file")).isEqualTo("deep\n");
                assertThat(text(root, "/query/README")).isEqualTo("side\n");
                assertThat(root.find("/query/sub", LastLink.KEEP)).isEmpty();
                assertThat(text(root, "/checked/deep/file")).isEqualTo("deep\n");
                assertThat(text(root, "/peeled/README")).isEqualTo("of one.git\n");
            });
        }
    }

    @Test
    void whatIsWrongIsSaidByName(Instance instance) throws IOException {
        Path repository = GitServer.repository(folder, "one.git");
        String commit = GitServer.git(repository, "rev-parse", "HEAD");
        Files.createSymbolicLink(repository.resolve("out"), Path.of("/etc"));
        GitServer.commit(repository, "a link");
        try (GitServer server = new GitServer(folder);
                Workshop workshop = new Workshop(instance, Map.of())) {
            String address = server.address("one.git/.git");
            Map<String, List<String>> wrong = Map.of(
                    address + "#none",
                    List.of("NOT_FOUND", "no branch, tag or commit 'none'"),
                    address + "#" + "1".repeat(40),
                    List.of("NOT_FOUND", "1111111"),
                    address + "#main:nowhere",
                    List.of("INVALID", "nowhere"),
                    address + "#main:out/passwd",
                    List.of("INVALID", "out/passwd"),
                    "--checksum=" + commit + " " + address + "#main",
                    List.of("INVALID", "expected " + commit),
                    "--checksum=sha256:12 " + address,
                    List.of("INVALID", "7 to 40"),
                    server.address("other.git"),
                    List.of("NOT_FOUND", "other.git"),
                    "git@example.org:a/b.git",
                    List.of("UNSUPPORTED", "ssh is not spoken here"));
            wrong.forEach((source, said) -> {
                workshop.write("Dockerfile", "FROM scratch\nADD " + source + " /x/\n");
                assertThatThrownBy(workshop::build)
                        .as(source)
                        .hasMessageContaining("Dockerfile:2")
                        .hasMessageContaining(said.getLast())
                        .isInstanceOfSatisfying(
                                BerthException.class,
                                e -> assertThat(e.code()).isEqualTo(ErrorCode.valueOf(said.getFirst())));
            });
        }
    }

    @Test
    void aCommitComesOnceAndANewOneIsSeen(Instance instance) throws IOException {
        Path repository = GitServer.repository(folder, "one.git");
        try (Workshop workshop = new Workshop(instance, Map.of());
                GitServer server = new GitServer(folder)) {
            workshop.write("Dockerfile", "FROM scratch\nADD " + server.address("one.git/.git") + " /\n");
            Map<String, String> epoch = Map.of("SOURCE_DATE_EPOCH", "1700000000");
            Image first = workshop.build(epoch, false);
            assertThat(workshop.build(epoch, false).id()).isEqualTo(first.id());
            assertThat(workshop.steps()).anyMatch(text -> text.endsWith("(cached)"));
            assertThat(workshop.build(epoch, true).layers()).isEqualTo(first.layers());
            Files.writeString(repository.resolve("README"), "second\n");
            GitServer.commit(repository, "two");
            workshop.root(
                    workshop.build(), root -> assertThat(text(root, "/README")).isEqualTo("second\n"));
        }
    }

    @Test
    void whoAsksIsToldToTheServerAndNeverKept(Instance instance) throws IOException {
        GitServer.repository(folder, "one.git");
        try (GitServer server = new GitServer(folder)) {
            String token = "x-access-token:s3cr3t";
            server.authorization =
                    Optional.of("Basic " + Base64.getEncoder().encodeToString(token.getBytes(StandardCharsets.UTF_8)));
            String add = "ADD " + server.address("one.git/.git") + " /src/";
            assertThatThrownBy(() -> built(instance, add, root -> {}))
                    .hasMessageContaining("GIT_AUTH_TOKEN")
                    .isInstanceOfSatisfying(
                            BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHORIZED));
            Map<String, byte[]> secrets = Map.of("GIT_AUTH_TOKEN", "s3cr3t\n".getBytes(StandardCharsets.UTF_8));
            BuildOptions options = new BuildOptions(Optional.empty(), false, secrets, Map.of(), Set.of(), Map.of());
            built(instance, add.replace("ADD", "ADD --keep-git-dir=true"), options, root -> {
                assertThat(text(root, "/src/README")).isEqualTo("of one.git\n");
                assertThat(text(root, "/src/.git/HEAD")).isEqualTo("ref: refs/heads/main\n");
                assertThat(text(root, "/src/.git/config")).contains("one.git").doesNotContain("s3cr3t");
            });
        }
    }

    @Test
    void repositoriesWithinComeAlong(Instance instance) throws IOException {
        GitServer.repository(folder, "inner.git");
        Path outer = GitServer.repository(folder, "outer.git");
        GitServer.git(
                outer,
                "-c",
                "protocol.file.allow=always",
                "submodule",
                "add",
                "-q",
                folder.resolve("inner.git").toString(),
                "parts/in");
        Files.writeString(
                outer.resolve(".gitmodules"), "[submodule \"parts/in\"]\n\tpath = parts/in\n\turl = ../inner.git\n");
        GitServer.commit(outer, "with a part");
        GitServer.git(folder, "clone", "-q", "--bare", "outer.git", "team.git");
        try (GitServer server = new GitServer(folder)) {
            built(
                    instance,
                    "ADD " + server.address("team.git") + " /",
                    root -> assertThat(text(root, "/parts/in/README")).isEqualTo("of inner.git\n"));
            Files.writeString(
                    outer.resolve(".gitmodules"), "[submodule \"parts/in\"]\n\tpath = parts/in\n\turl = file:///etc\n");
            GitServer.commit(outer, "elsewhere");
            GitServer.git(folder, "clone", "-q", "--bare", "outer.git", "evil.git");
            assertThatThrownBy(() -> built(instance, "ADD " + server.address("evil.git") + " /", root -> {}))
                    .hasMessageContaining("expected an address of https, http or git");
        }
    }

    @Test
    void gitsOwnProtocolIsSpoken(Instance instance) throws Exception {
        GitServer.repository(folder, "one.git");
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Process daemon = new ProcessBuilder(
                        "git",
                        "daemon",
                        "--export-all",
                        "--listen=127.0.0.1",
                        "--port=" + port,
                        "--base-path=" + folder,
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            Await.until("git daemon answers", Duration.ofSeconds(20), () -> answers(port));
            built(
                    instance,
                    "ADD git://127.0.0.1:" + port + "/one.git /",
                    root -> assertThat(text(root, "/README")).isEqualTo("of one.git\n"));
        } finally {
            daemon.descendants().forEach(ProcessHandle::destroy);
            daemon.destroy();
            daemon.waitFor();
        }
    }

    private static boolean answers(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
