package org.berth.builder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.builder.BuildOptions.Entitlement;
import org.berth.image.Image;
import org.berth.linux.path.LastLink;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** RUN --mount, --network and --security, in real containers. */
@KernelTest
class DockerfileMountTest {
    @BeforeAll
    static void needsBusybox() {
        Assumptions.assumeTrue(
                Files.isExecutable(Workshop.BUSYBOX),
                "no " + Workshop.BUSYBOX + ": install the package busybox-static to run this");
    }

    @Test
    void bindsFilesOfTheFolderOfAStageAndOfAnImageAndLosesWhatIsWrittenToThem(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            workshop.write("given/text", "of the folder\n");
            workshop.write("given/hidden", "secret");
            workshop.write(".dockerignore", "given/hidden\n");
            workshop.write("Dockerfile", """
                    FROM tiny AS made
                    RUN echo of the stage > /made; echo more > /tmp/more
                    FROM tiny
                    WORKDIR /place
                    RUN --mount=target=given,source=given ls given; cat given/text; echo x > given/new || echo read only
                    RUN --mount=type=bind,from=made,source=/made,target=/in/made \\
                        --mount=from=tiny,source=/etc,target=/etc2,rw cat /in/made /etc2/passwd && echo x > /etc2/x
                    RUN ls /
                    """);
            Image image = workshop.build();
            assertThat(workshop.output())
                    .contains("text", "of the folder", "read only", "of the stage", "root:x:0:0::/:/bin/sh")
                    .doesNotContain("hidden");
            workshop.root(image, root -> {
                for (String stub : List.of("/in", "/etc2", "/place/given")) {
                    assertThat(root.find(stub, LastLink.KEEP)).as(stub).isEmpty();
                }
            });
        }
    }

    @Test
    void cachesStayFromBuildToBuildAndAreNoPartOfTheImage(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            String run = "RUN --mount=type=cache,target=/cache,id=c,uid=33,gid=34,mode=0750 ls -n / | grep cache;"
                    + " echo one >> /cache/log; cat /cache/log\n";
            workshop.write("Dockerfile", "FROM tiny\n" + run);
            Image image = workshop.build();
            assertThat(workshop.output()).anyMatch(line -> line.matches("drwxr-x---.* 33 +34 .*cache"));
            workshop.root(
                    image,
                    root -> assertThat(root.find("/cache", LastLink.KEEP)).isEmpty());
            workshop.build(Map.of(), true);
            assertThat(workshop.output()).filteredOn("one"::equals).hasSize(2);
            workshop.write(
                    "Dockerfile",
                    "FROM tiny\nRUN --mount=type=cache,target=/other,id=d,from=tiny,source=/etc cat /other/passwd\n");
            workshop.build();
            assertThat(workshop.output()).contains("web:x:33:34::/:/bin/sh");
        }
    }

    /** A step that shares a cache makes its folder a link to the host; the other must get no file of the host. */
    @Test
    void cve202423651AFolderOfACacheThatBecameALinkLeadsNowhereOutside(Instance instance) throws Exception {
        Path host = Files.createDirectories(instance.root().resolveSibling("host"));
        Files.writeString(host.resolve("secret"), "of the host");
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            workshop.write(
                    "Dockerfile",
                    "FROM tiny\nRUN --mount=type=cache,id=x,target=/c ln -s " + host + " /c/sub && echo linked\n"
                            + "RUN --mount=type=cache,id=x,target=/c,source=/sub ls /c; echo evil > /c/new\n");
            try {
                workshop.build();
            } catch (BerthException e) {
                assertThat(e).hasMessageContaining("Dockerfile:3");
            }
            assertThat(workshop.output()).contains("linked").doesNotContain("secret");
        }
        try (Stream<Path> files = Files.list(host)) {
            assertThat(files).containsExactly(host.resolve("secret"));
        }
    }

    /** What was made to mount on is removed by descriptor in the layer, not by a path on the host. */
    @Test
    void cve202423652TheStubOfAMountThatBecameALinkIsRemovedNowhereOutside(Instance instance) throws Exception {
        Path host = Files.createDirectories(instance.root().resolveSibling("host"));
        Files.createDirectory(host.resolve("empty"));
        Files.writeString(host.resolve("zero"), "");
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            workshop.write(
                    "Dockerfile",
                    "FROM tiny\nRUN --mount=type=tmpfs,target=/stub/empty --mount=type=secret,id=s,target=/stub/zero"
                            + " busybox mv /stub /moved && ln -s " + host + " /stub\n");
            Map<String, byte[]> secrets = Map.of("s", "x".getBytes(StandardCharsets.UTF_8));
            workshop.build(options(secrets, Map.of(), Set.of()));
        }
        assertThat(host.resolve("empty")).isDirectory();
        assertThat(host.resolve("zero")).exists();
    }

    @Test
    void secretsReachTheStepAlone(Instance instance) throws Exception {
        Map<String, byte[]> secrets = Map.of("token", "s3cr3t-value".getBytes(StandardCharsets.UTF_8));
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            workshop.write("Dockerfile", """
                    FROM tiny
                    RUN --mount=type=secret,id=token grep -c s3cr3t /run/secrets/token
                    RUN --mount=type=secret,id=token,target=/etc/t,mode=0440,uid=33 ls -n /etc/t
                    RUN --mount=type=secret,id=token,env=TOKEN echo "${#TOKEN} signs"; ls /run/secrets || echo no file
                    RUN --mount=type=secret,id=none echo "not given"
                    """);
            Image image = workshop.build(options(secrets, Map.of(), Set.of()));
            assertThat(workshop.output())
                    .contains("1", "12 signs", "no file", "not given")
                    .anyMatch(line -> line.matches("-r--r-----.* 33 .*"));
            workshop.root(image, root -> {
                assertThat(root.find("/run/secrets", LastLink.KEEP)).isEmpty();
                assertThat(root.find("/etc/t", LastLink.KEEP)).isEmpty();
            });
            assertThat(image.config().environment()).noneMatch(line -> line.contains("TOKEN"));
            workshop.write("Dockerfile", "FROM tiny\nRUN --mount=type=secret,id=none,required true\n");
            assertThatThrownBy(workshop::build).hasMessageContaining("Dockerfile:2: secret none was not given");
        }
        try (Stream<Path> files = Files.walk(instance.root())) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(path -> path.toFile().length() < 1_000_000)
                    .toList()) {
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain("s3cr3t-value");
            }
        }
    }

    @Test
    void anAgentsSocketIsThereWithTheOwnerAndModeThatAreAskedFor(Instance instance) throws Exception {
        Path socket = instance.root().resolveSibling("agent");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            server.bind(UnixDomainSocketAddress.of(socket));
            workshop.write("Dockerfile", """
                    FROM tiny
                    RUN --mount=type=ssh,required ls -n $SSH_AUTH_SOCK
                    RUN --mount=type=ssh,id=other true
                    USER web
                    RUN --mount=type=ssh,uid=33,gid=34,mode=0640,target=/run/keys ls -n /run/keys
                    """);
            workshop.build(options(Map.of(), Map.of("default", socket), Set.of()));
            assertThat(workshop.output())
                    .anyMatch(line -> line.matches("srw-------.* 0 +0 .*ssh_agent.0"))
                    .anyMatch(line -> line.matches("srw-r-----.* 33 +34 .*/run/keys"));
        } finally {
            Files.deleteIfExists(socket);
        }
    }

    @Test
    void whatIsAskedOfAStepsSocketTheAgentAnswers(Instance instance) throws Exception {
        Path agent = instance.root().resolveSibling("agent");
        Path own = Files.createDirectories(instance.root().resolveSibling("own"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                AgentSocket socket = AgentSocket.open(agent, own, "file");
                SocketChannel step = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(agent));
            step.connect(UnixDomainSocketAddress.of(own.resolve("file")));
            step.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            step.shutdownOutput();
            try (SocketChannel asked = server.accept()) {
                assertThat(Channels.newInputStream(asked).readAllBytes()).containsExactly(1, 2, 3);
                asked.write(ByteBuffer.wrap(new byte[] {4, 5}));
            }
            assertThat(Channels.newInputStream(step).readAllBytes()).containsExactly(4, 5);
        } finally {
            Files.deleteIfExists(agent);
            Files.deleteIfExists(own.resolve("file"));
        }
    }

    @Test
    void aStepHasAllRightsWhenTheyAreGranted(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            workshop.write("Dockerfile", """
                    FROM tiny
                    RUN grep CapEff /proc/self/status
                    RUN --security=insecure grep CapEff /proc/self/status && busybox mount -t tmpfs none /tmp && echo mounted
                    """);
            workshop.build(options(Map.of(), Map.of(), Set.of(Entitlement.SECURITY_INSECURE)));
            assertThat(workshop.output()).contains("mounted");
            List<String> rights = workshop.output().stream()
                    .filter(line -> line.startsWith("CapEff"))
                    .toList();
            assertThat(rights)
                    .hasSize(2)
                    .doesNotHaveDuplicates()
                    .last()
                    .asString()
                    .contains("ffffff");
        }
    }

    /** A Dockerfile that is a link stays in the folder; nothing of the host is read, and shown in an error. */
    @Test
    void aDockerfileThatIsALinkLeadsNowhereOutside(Instance instance) throws Exception {
        Path secret = Files.writeString(instance.root().resolveSibling("secret"), "of the host");
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            Files.createSymbolicLink(workshop.context.resolve("Dockerfile"), secret);
            BuildRequest request = new BuildRequest(
                    workshop.context,
                    Optional.of("Dockerfile"),
                    Optional.empty(),
                    Map.of(),
                    List.of("built"),
                    false,
                    false);
            assertThatThrownBy(() -> workshop.builder.build(request, step -> {}))
                    .hasMessageContaining("a Dockerfile was expected there")
                    .hasMessageNotContaining("of the host");
            workshop.write("deep/real", "FROM tiny\n");
            Files.delete(workshop.context.resolve("Dockerfile"));
            Files.createSymbolicLink(workshop.context.resolve("Dockerfile"), Path.of("/deep/real"));
            assertThat(workshop.builder.build(request, step -> {}).layers()).isNotEmpty();
        }
    }

    @Test
    void hereDocumentsAreScriptsAndFiles(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            workshop.write("Dockerfile", """
                    FROM tiny
                    ARG WHO=world
                    RUN <<EOF
                    echo first $WHO
                    echo second
                    EOF
                    RUN <<EOF
                    #!/bin/busybox cat
                    as it is $WHO
                    EOF
                    RUN cat <<A > /a && cat <<-B > /b
                    in a
                    A
                    	in b
                    	B
                    COPY --chmod=640 <<one <<-'two' /files/
                    for $WHO
                    one
                    	not for $WHO
                    two
                    """);
            Image image = workshop.build();
            assertThat(workshop.output()).contains("first world", "second", "as it is $WHO");
            workshop.root(image, root -> {
                assertThat(root.readText("/a", 100)).contains("in a\n");
                assertThat(root.readText("/b", 100)).contains("in b\n");
                assertThat(root.readText("/files/one", 100)).contains("for world\n");
                assertThat(root.readText("/files/two", 100)).contains("not for $WHO\n");
                assertThat(root.status("/files/two", LastLink.KEEP).mode() & 0777)
                        .isEqualTo(0640);
            });
        }
    }

    @Test
    void aStepHasTheNetworkItAsksForAndNoMore(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            workshop.write("Dockerfile", "FROM tiny\nRUN --network=none ls /sys/class/net\n");
            workshop.build();
            assertThat(workshop.output()).contains("lo").noneMatch(line -> line.startsWith("eth"));
            workshop.write("Dockerfile", "FROM tiny\nRUN --network=host true\n");
            assertThatThrownBy(workshop::build).hasMessageContaining("network.host is not allowed");
            workshop.build(options(Map.of(), Map.of(), Set.of(Entitlement.NETWORK_HOST)));
        }
    }

    @Test
    void cve202423653AStepWithAllRightsIsRefusedUnlessItWasGranted(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            for (String file : List.of(
                    "FROM tiny\nRUN --security=insecure grep CapEff /proc/self/status\n",
                    "FROM triggers\n",
                    "FROM tiny AS other\nRUN --security=insecure true\nFROM tiny\nCOPY --from=other /etc /x\n")) {
                if (file.contains("triggers")) {
                    workshop.buildBeside("triggers", "FROM tiny\nONBUILD RUN --security=insecure true\n", step -> {});
                }
                workshop.write("Dockerfile", file);
                assertThatThrownBy(workshop::build)
                        .hasMessageContaining("security.insecure is not allowed")
                        .isInstanceOfSatisfying(
                                BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHORIZED));
                assertThat(workshop.output()).isEmpty();
            }
        }
    }

    private static BuildOptions options(
            Map<String, byte[]> secrets, Map<String, Path> agents, Set<Entitlement> entitlements) {
        return new BuildOptions(Optional.empty(), false, secrets, agents, entitlements, Map.of());
    }
}
