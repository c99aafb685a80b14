package org.berth.builder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPOutputStream;
import org.berth.base.Instance;
import org.berth.image.Image;
import org.berth.image.store.Digest;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.LastLink;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Stages, what is copied between them and from elsewhere, and that the same gives the same. */
@KernelTest
class DockerfileGraphTest {
    @BeforeAll
    static void needsBusybox() {
        Assumptions.assumeTrue(
                Files.isExecutable(Workshop.BUSYBOX),
                "no " + Workshop.BUSYBOX + ": install the package busybox-static to run this");
    }

    /** Each waits for a file that the other writes: one after the other they never end. */
    @Test
    void stagesThatDoNotNeedEachOtherRunAtTheSameTime(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            String stage = "FROM tiny AS %1$s\nRUN --mount=type=cache,id=meet,target=/m echo x > /m/%1$s;"
                    + " i=0; while [ ! -e /m/%2$s ] && [ $i -lt 300 ]; do busybox usleep 100000; i=$((i+1)); done;"
                    + " [ -e /m/%2$s ] && echo met > /%1$s\n";
            workshop.write(
                    "Dockerfile",
                    stage.formatted("one", "two") + stage.formatted("two", "one")
                            + "FROM tiny AS unneeded\nRUN exit 3\n"
                            + "FROM scratch\nCOPY --from=one /one /\nCOPY --from=two /two /\n");
            Image image = workshop.build();
            workshop.root(image, root -> assertThat(root.readText("/two", 100)).contains("met\n"));
        }
    }

    @Test
    void theFirstFailureEndsTheOthers(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            workshop.write("Dockerfile", """
                    FROM tiny AS long
                    RUN busybox mkfifo /tmp/f && cat /tmp/f
                    FROM tiny AS wrong
                    RUN exit 7
                    FROM scratch
                    COPY --from=long /etc /a
                    COPY --from=wrong /etc /b
                    """);
            assertThatThrownBy(workshop::build)
                    .hasMessageContaining("Dockerfile:4")
                    .hasMessageContaining("exit code 7");
            assertThat(workshop.engine.containers().list()).isEmpty();
        }
    }

    @Test
    void theSameInputGivesTheSameImageTwice(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            workshop.write("file", "text");
            workshop.write("Dockerfile", """
                    FROM tiny
                    ARG SOURCE_DATE_EPOCH
                    RUN mkdir -p /made/in && echo $SOURCE_DATE_EPOCH > /made/in/file && ln -s x /made/link
                    COPY file /copied/
                    COPY <<inline /inline
                    text
                    inline
                    """);
            Map<String, String> epoch = Map.of("SOURCE_DATE_EPOCH", "1700000000");
            Image one = workshop.build(epoch, true);
            Image two = workshop.build(epoch, true);
            assertThat(two.layers()).isEqualTo(one.layers());
            assertThat(two.id()).isEqualTo(one.id());
            assertThat(one.config().created().getEpochSecond()).isEqualTo(1_700_000_000L);
            workshop.root(one, root -> {
                assertThat(root.readText("/made/in/file", 100)).contains("1700000000\n");
                assertThat(root.status("/made/link", LastLink.KEEP).modified().getEpochSecond())
                        .isEqualTo(1_700_000_000L);
            });
            assertThat(workshop.build(Map.of("SOURCE_DATE_EPOCH", "1700000001"), false)
                            .id())
                    .isNotEqualTo(one.id());
        }
    }

    @Test
    void copyHasItsFlags(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            for (String file : List.of("x/a.txt", "x/b.log", "y/a.txt", "y/deep/c.txt", "top.txt", "run.sh")) {
                workshop.write(file, file);
            }
            workshop.write("Dockerfile", """
                    FROM tiny
                    COPY --parents x/a.txt y/deep ./y/./a.txt /parents/
                    COPY --parents **/*.txt /deep/
                    COPY --exclude=*.log --exclude=deep x y /less/
                    COPY --chmod=u=rwx,go=rX --chown=web:web run.sh /mode/
                    COPY --chmod=0750 x /octal
                    COPY --link --chown=7:8 top.txt /linked/
                    RUN rm -rf /bin/true; ls /linked
                    """);
            Image image = workshop.build();
            workshop.root(image, root -> {
                for (String there : List.of(
                        "/parents/x/a.txt",
                        "/parents/y/deep/c.txt",
                        "/parents/a.txt",
                        "/deep/y/deep/c.txt",
                        "/deep/top.txt",
                        "/less/a.txt")) {
                    assertThat(root.find(there, LastLink.KEEP)).as(there).isPresent();
                }
                for (String gone : List.of("/less/b.log", "/less/deep", "/deep/x/b.log", "/parents/x/b.log")) {
                    assertThat(root.find(gone, LastLink.KEEP)).as(gone).isEmpty();
                }
                FileStatus mode = root.status("/mode/run.sh", LastLink.KEEP);
                assertThat(mode.mode() & 0777).isEqualTo(0755);
                assertThat(mode.uid()).isEqualTo(33);
                assertThat(mode.gid()).isEqualTo(34);
                assertThat(root.status("/octal/a.txt", LastLink.KEEP).mode() & 0777)
                        .isEqualTo(0750);
                assertThat(root.status("/linked/top.txt", LastLink.KEEP).gid()).isEqualTo(8);
            });
            // a layer of its own does not depend on what is below
            workshop.write("Dockerfile", "FROM tiny\nRUN echo other\nCOPY --link --chown=7:8 top.txt /linked/\n");
            workshop.build();
            assertThat(workshop.steps()).anyMatch(step -> step.contains("COPY --link") && step.contains("(cached)"));
        }
    }

    @Test
    void addFetchesAndUnpacks(Instance instance) throws Exception {
        List<String> asked = new CopyOnWriteArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        byte[] content = "fetched".getBytes(StandardCharsets.UTF_8);
        server.createContext("/", exchange -> {
            String tag = exchange.getRequestHeaders().getFirst("If-None-Match");
            asked.add(exchange.getRequestURI().getPath() + " " + tag);
            exchange.getResponseHeaders().add("ETag", "\"v1\"");
            exchange.getResponseHeaders().add("Last-Modified", "Tue, 15 Nov 1994 12:45:26 GMT");
            if ("\"v1\"".equals(tag)) {
                exchange.sendResponseHeaders(304, -1);
            } else {
                exchange.sendResponseHeaders(200, content.length);
                exchange.getResponseBody().write(content);
            }
            exchange.close();
        });
        server.start();
        String address = "http://127.0.0.1:" + server.getAddress().getPort();
        String digest = "sha256:" + HexFormat.of().formatHex(Digest.hasher().digest(content));
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            Files.write(workshop.context.resolve("in.tar.gz"), archive());
            workshop.write("Dockerfile", """
                    FROM tiny
                    ADD %1$s/a/file.bin /got/
                    ADD --checksum=%2$s --chmod=644 %1$s/b /got/named
                    ADD in.tar.gz /unpacked/
                    ADD --unpack=false in.tar.gz /kept/
                    """.formatted(address, digest));
            Image image = workshop.build();
            workshop.root(image, root -> {
                assertThat(root.readText("/got/file.bin", 100)).contains("fetched");
                FileStatus status = root.status("/got/file.bin", LastLink.KEEP);
                assertThat(status.mode() & 0777).isEqualTo(0600);
                assertThat(status.modified().getEpochSecond()).isEqualTo(784_903_526L);
                assertThat(root.readText("/got/named", 100)).contains("fetched");
                assertThat(root.readText("/unpacked/inside.txt", 100)).contains("hello");
                assertThat(root.find("/kept/in.tar.gz", LastLink.KEEP)).isPresent();
            });
            assertThat(workshop.build().id()).isEqualTo(image.id());
            assertThat(asked).containsExactlyInAnyOrder("/a/file.bin null", "/b null", "/a/file.bin \"v1\"");
            workshop.write("Dockerfile", "FROM tiny\nADD --checksum=sha256:00 " + address + "/c /x\n");
            assertThatThrownBy(workshop::build).hasMessageContaining("digest mismatch");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void instructionsForLaterBuildsAreDoneThenAndTheConfigurationIsWhole(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            workshop.buildBeside("base", """
                    FROM tiny
                    SHELL ["/bin/busybox", "ash", "-c"]
                    STOPSIGNAL SIGUSR1
                    HEALTHCHECK --interval=3s --start-interval=1s --retries=2 CMD true
                    ONBUILD COPY text /given
                    ONBUILD RUN cat /given > /taken
                    """, step -> {});
            workshop.write("text", "for later");
            workshop.write("Dockerfile", "FROM base\nCMD run this\n");
            Image image = workshop.build();
            workshop.root(
                    image, root -> assertThat(root.readText("/taken", 100)).contains("for later"));
            assertThat(image.config().onBuild()).isEmpty();
            assertThat(image.config().command()).containsExactly("/bin/busybox", "ash", "-c", "run this");
            assertThat(image.config().stopSignal()).isEqualTo("SIGUSR1");
            assertThat(image.config().health().orElseThrow().test()).containsExactly("CMD-SHELL", "true");
            assertThat(image.config().health().orElseThrow().retries()).isEqualTo(2);
        }
    }

    /** Two images with the same files, of which one does more to those built on it. */
    @Test
    void cve202424557AnImageThatDiffersInItsConfigurationIsAnotherBase(Instance instance) {
        try (Workshop workshop = new Workshop(instance, Map.of()).withTiny()) {
            workshop.buildBeside("good", "FROM tiny\nRUN echo same > /same\n", step -> {});
            for (String evil :
                    List.of("ENV PATH=/evil", "ENTRYPOINT [\"/evil\"]", "SHELL [\"/bin/busybox\", \"sh\", \"-c\"]")) {
                workshop.buildBeside("base", "FROM good\n" + evil + "\n", step -> {});
                workshop.write(
                        "Dockerfile", "FROM base\nRUN [\"/bin/sh\", \"-c\", \"echo run on " + evil.length() + "\"]\n");
                workshop.build();
                workshop.buildBeside("base", "FROM good\n", step -> {});
                workshop.build();
                assertThat(workshop.steps()).as(evil).noneMatch(step -> step.contains("(cached)"));
                workshop.build();
                assertThat(workshop.steps()).as(evil).anyMatch(step -> step.contains("(cached)"));
            }
        }
    }

    private static byte[] archive() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            byte[] header = new byte[512];
            System.arraycopy("inside.txt".getBytes(StandardCharsets.US_ASCII), 0, header, 0, 10);
            put(header, 100, "0000644\0");
            put(header, 108, "0000000\0");
            put(header, 116, "0000000\0");
            put(header, 124, "00000000005\0");
            put(header, 136, "00000000000\0");
            put(header, 148, "        ");
            header[156] = '0';
            put(header, 257, "ustar\00000");
            int sum = 0;
            for (byte one : header) {
                sum += one & 0xff;
            }
            put(header, 148, "%06o\0 ".formatted(sum));
            gzip.write(header);
            byte[] content = new byte[512];
            System.arraycopy("hello".getBytes(StandardCharsets.US_ASCII), 0, content, 0, 5);
            gzip.write(content);
            gzip.write(new byte[1024]);
        }
        return bytes.toByteArray();
    }

    private static void put(byte[] header, int offset, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, offset, bytes.length);
    }
}
