package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.berth.base.Instance;
import org.berth.engine.BusyboxCondition.NeedsBusybox;
import org.berth.engine.Containers.Streams;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Clients that connect to a container's streams. */
@KernelTest
@NeedsBusybox
class AttachKernelTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** As docker run -i has it: attach, start, send, end of input, read to the end. */
    @Test
    void inputThatEndsWithItsClient(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request = Samples.shell("cat; echo done");
            request.openInput = true;
            request.closeInputOnce = true;
            String id = node.containers().create(request.build()).id();
            try (Streams streams = node.containers().attach(id, false)) {
                node.containers().start(id);
                streams.input().write(bytes("hello\n"));
                assertThat(TestNode.readUntil(streams, "hello\n")).isEqualTo("hello\n");
                streams.input().close();
                assertThat(TestNode.readAll(streams)).isEqualTo("done\n");
            }
            assertThat(node.end(id).code()).isZero();
        }
    }

    /** Input that nobody ends goes on when its client goes, and the next client writes to it. */
    @Test
    void inputThatOutlivesItsClients(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request = Samples.shell("read a; echo got $a; read b; echo got $b");
            request.openInput = true;
            String id = node.start(request);
            try (Streams streams = node.containers().attach(id, true)) {
                streams.input().write(bytes("one\n"));
                TestNode.readUntil(streams, "got one\n");
                streams.input().close();
            }
            try (Streams streams = node.containers().attach(id, false)) {
                streams.input().write(bytes("two\n"));
                assertThat(TestNode.readAll(streams)).isEqualTo("got two\n");
            }
            assertThat(node.end(id).code()).isZero();
        }
    }

    @Test
    void aTerminal(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request = Samples.shell("tty; stty size; read line; echo \"<$line>\"; env");
            request.terminal = true;
            request.openInput = true;
            request.closeInputOnce = true;
            String id = node.containers().create(request.build()).id();
            try (Streams streams = node.containers().attach(id, false)) {
                node.containers().resize(id, 33, 77);
                node.containers().start(id);
                assertThat(streams.terminal()).isTrue();
                TestNode.readUntil(streams, "/dev/");
                streams.input().write(bytes("typed\n"));
                assertThat(TestNode.readAll(streams)).contains("<typed>").contains("TERM=xterm");
            }
            assertThat(node.end(id).code()).isZero();
            assertThat(node.logs(id)).contains("<typed>");
        }
    }

    @Test
    void theTerminalsSize(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request = Samples.shell("read line; stty size; read line; stty size");
            request.terminal = true;
            request.openInput = true;
            String id = node.start(request);
            try (Streams streams = node.containers().attach(id, true)) {
                node.containers().resize(id, 33, 77);
                streams.input().write(bytes("\n"));
                TestNode.readUntil(streams, "33 77");
                node.containers().resize(id, 10, 20);
                streams.input().write(bytes("\n"));
                TestNode.readUntil(streams, "10 20");
            }
            node.end(id);
        }
    }

    @Test
    void manyClientsSeeTheSame(Instance instance) throws IOException {
        try (TestNode node = new TestNode(instance).withTiny()) {
            Samples request = Samples.shell("read a; seq 1 20000");
            request.openInput = true;
            String id = node.start(request);
            try (Streams one = node.containers().attach(id, false);
                    Streams two = node.containers().attach(id, false)) {
                one.input().write(bytes("go\n"));
                String seen = TestNode.readAll(one);
                assertThat(seen).startsWith("1\n2\n").endsWith("\n20000\n");
                assertThat(TestNode.readAll(two)).isEqualTo(seen);
            }
        }
    }
}
