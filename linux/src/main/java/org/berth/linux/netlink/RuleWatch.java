package org.berth.linux.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * Tells when another program removes an nftables table (linux/netfilter/nf_tables.h): a firewall that
 * is loaded anew begins with "flush ruleset". It waits on a thread of its own, in the kernel, and
 * costs nothing while no rules change.
 */
public final class RuleWatch implements AutoCloseable {
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
    private static final int NETLINK_NETFILTER = 12;

    /** The bit of NFNLGRP_NFTABLES, group 7. */
    private static final int GROUP = 1 << 6;

    private static final int DELETE_TABLE = 10 << 8 | 2;
    private static final int NEW_GENERATION = 10 << 8 | 15;
    private static final int NFTA_TABLE_NAME = 1;
    private static final int NFTA_GEN_PROC_PID = 2;
    private static final int HEADER_BYTES = 4;
    private static final int RECEIVE_BYTES = 64 * 1024;
    private static final short POLLIN = 1;
    private static final int EFD_CLOEXEC = 0x80000;
    private static final int ENOBUFS = 105;

    private final String table;
    private final Runnable removed;
    private final Descriptor socket;
    private final Descriptor end;
    private final Thread thread;
    private boolean deleted;

    /**
     * Begins to watch the rules of a namespace.
     *
     * @param table the table's name, of any family
     * @param removed called on the watch's thread when the table may have been removed by another program:
     *     it looks for itself
     */
    public RuleWatch(NetworkNamespace namespace, String table, Runnable removed) {
        this.table = table;
        this.removed = removed;
        this.socket = new Descriptor(namespace.call(RuleWatch::open));
        this.end = new Descriptor(
                (int) SystemCalls.call("make an event descriptor", SystemCallNumber.EVENTFD2, 0, EFD_CLOEXEC));
        this.thread = Thread.ofPlatform().name("watch rules").daemon().start(this::watch);
    }

    private static int open() {
        int descriptor = (int) SystemCalls.call(
                "open a netlink socket", SystemCallNumber.SOCKET, AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_NETFILTER);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(12, 4);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_NETLINK);
            address.set(ValueLayout.JAVA_INT, 8, GROUP);
            SystemCalls.call("watch rules", SystemCallNumber.BIND, descriptor, address.address(), 12);
        }
        return descriptor;
    }

    private void watch() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment polled = arena.allocate(16, 8);
            MemorySegment received = arena.allocate(RECEIVE_BYTES, 8);
            polled.set(ValueLayout.JAVA_INT, 0, socket.number());
            polled.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
            polled.set(ValueLayout.JAVA_INT, 8, end.number());
            polled.set(ValueLayout.JAVA_SHORT, 12, POLLIN);
            while (true) {
                SystemCalls.call("wait for rules", SystemCallNumber.POLL, polled.address(), 2, -1);
                if (polled.get(ValueLayout.JAVA_SHORT, 14) != 0) {
                    return;
                }
                receive(received);
            }
        } catch (SystemCallException e) {
            return; // nothing to watch any more: rules are still made anew at every change
        } finally {
            socket.close();
        }
    }

    private void receive(MemorySegment buffer) {
        long length = SystemCalls.attempt(
                SystemCallNumber.RECVFROM, socket.number(), buffer.address(), RECEIVE_BYTES, 0, 0, 0);
        if (length == -ENOBUFS) {
            removed.run(); // more changed than the queue holds: ours may be among it
        } else if (length < 0 && length != -Errno.EINTR) {
            throw new SystemCallException("wait for rules", (int) -length);
        } else if (length > 0) {
            read(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /** A transaction's changes come first, then who made it. */
    private void read(byte[] datagram) {
        List<Message> messages;
        try {
            messages = Message.parse(datagram);
        } catch (BerthException e) {
            return; // cut: one of more than the buffer holds, which is no removal
        }
        for (Message message : messages) {
            if (message.type() == DELETE_TABLE) {
                deleted |= message.attributes(HEADER_BYTES)
                        .text(NFTA_TABLE_NAME)
                        .filter(table::equals)
                        .isPresent();
            } else if (message.type() == NEW_GENERATION) {
                boolean other = message.attributes(HEADER_BYTES)
                        .bytes(NFTA_GEN_PROC_PID)
                        .filter(RuleWatch::isOwn)
                        .isEmpty();
                if (deleted && other) {
                    removed.run();
                }
                deleted = false;
            }
        }
    }

    /** The number is a thread's, in network order. One of ours that has ended already passes for another's. */
    private static boolean isOwn(byte[] thread) {
        return Files.exists(Path.of("/proc/self/task/" + ByteBuffer.wrap(thread).getInt()));
    }

    @Override
    public void close() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment one = arena.allocate(8, 8);
            one.set(ValueLayout.JAVA_LONG, 0, 1);
            SystemCalls.attempt(SystemCallNumber.WRITE, end.number(), one.address(), 8);
        }
        boolean interrupted = false;
        while (thread.isAlive() && thread != Thread.currentThread()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        end.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
