package org.berth.builder;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;

/**
 * A socket of a step's own that leads to an agent of the host while the step runs: its owner and mode can be what the step
 * asks for, and the agent's own socket is not seen.
 */
final class AgentSocket implements AutoCloseable {
    private static final int CONNECTIONS_MAX = 64;
    private static final int BUFFER_BYTES = 16 * 1024;

    private final Path agent;
    private final ServerSocketChannel server;
    private final Set<Closeable> open = ConcurrentHashMap.newKeySet();
    private final Semaphore free = new Semaphore(CONNECTIONS_MAX);

    private AgentSocket(Path agent, ServerSocketChannel server) {
        this.agent = agent;
        this.server = server;
    }

    /**
     * Opens one.
     *
     * @param folder an empty one
     */
    static AgentSocket open(Path agent, Path folder, String name) {
        try (InRoot root = InRoot.open(folder);
                Folder held = root.folder("/")) {
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            AgentSocket socket = new AgentSocket(agent, server);
            // by the folder's descriptor: a socket's whole path has 107 bytes at most (unix(7))
            server.bind(UnixDomainSocketAddress.of(
                    "/proc/self/fd/" + held.descriptor().number() + "/" + name));
            Thread.ofVirtual().name("agent " + agent).start(socket::accept);
            return socket;
        } catch (IOException e) {
            throw new UncheckedIOException("listen in " + folder + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        closeQuietly(server);
        open.forEach(AgentSocket::closeQuietly);
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel client = server.accept();
                if (free.tryAcquire()) {
                    Thread.ofVirtual().start(() -> serve(client));
                } else {
                    client.close();
                }
            } catch (IOException e) {
                closeQuietly(server);
            }
        }
    }

    private void serve(SocketChannel client) {
        open.add(client);
        try (client;
                SocketChannel host = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            open.add(host);
            if (!server.isOpen()) {
                return; // it was closed before this was known
            }
            host.connect(UnixDomainSocketAddress.of(agent));
            Thread answers = Thread.ofVirtual().start(() -> pump(host, client));
            pump(client, host);
            answers.join();
            open.remove(host);
        } catch (IOException e) {
            // the step sees its connection end
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
            free.release();
        }
    }

    /** Copies to the end of one direction, and says the end. */
    private static void pump(SocketChannel from, SocketChannel to) {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        try {
            while (from.read(buffer) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    int ignored = to.write(buffer);
                }
                buffer.clear();
            }
            SocketChannel ignored = to.shutdownOutput();
        } catch (IOException e) {
            closeQuietly(from);
            closeQuietly(to);
        }
    }

    private static void closeQuietly(Closeable one) {
        try {
            one.close();
        } catch (IOException e) {
            // nothing is left to do with it
        }
    }
}
