package org.berth.network;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.berth.linux.netlink.NetworkNamespace;
import org.berth.linux.netlink.RouteSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes pairs of interfaces whose namespace is no longer used, one after the other, while whoever
 * ends a container goes on: the kernel takes some 20 ms for each, most of it waiting for every
 * processor (netdev_run_todo in net/core/dev.c). What a crash keeps it from, the next start does.
 */
final class Unplugging implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Unplugging.class);
    /** Pairs that wait; who comes with one more waits with them. */
    private static final int WAITING_MAX = 1024;

    private static final long IDLE_SECONDS = 5;
    private static final long SETTLE_SECONDS_MAX = 60;

    private final RouteSocket socket;
    private final ThreadPoolExecutor remover = new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("berth-unplug").factory());

    Unplugging(NetworkNamespace host) {
        this.socket = RouteSocket.open(host);
        remover.allowCoreThreadTimeOut(true);
    }

    /** Removes the pair with this host end soon. */
    void later(String hostInterface) {
        if (remover.getQueue().size() >= WAITING_MAX) {
            settle();
        }
        remover.execute(() -> remove(hostInterface));
    }

    private void remove(String hostInterface) {
        try {
            socket.link(hostInterface).ifPresent(socket::delete);
        } catch (RuntimeException e) {
            LOG.warn("interface {} stays until the daemon starts again: {}", hostInterface, e.getMessage());
        }
    }

    /** Waits until those asked for so far are gone. */
    void settle() {
        if (remover.isShutdown()) {
            return;
        }
        try {
            remover.submit(() -> {}).get(SETTLE_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("interfaces are still being removed", e);
        }
    }

    @Override
    public void close() {
        settle();
        remover.shutdown();
        socket.close();
    }
}
