package org.berth.linux.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * A netlink socket (netlink(7)). It belongs for ever to the network namespace of the thread that
 * opened it, whoever uses it later. Safe for concurrent use: one request at a time.
 */
public final class NetlinkSocket implements AutoCloseable {
    static final int ROUTE = 0;
    static final int NETFILTER = 12;

    /** Longest wait for an answer of the kernel, in seconds; it answers within microseconds. */
    private static final int ANSWER_SECONDS_MAX = 10;

    /** Datagrams of one dump at the most: bounds the wait. */
    private static final int DATAGRAMS_MAX = 100_000;

    /** How often a dump is made again that a change meanwhile made inconsistent. */
    private static final int DUMP_ATTEMPTS_MAX = 16;

    private static final int RECEIVE_BYTES = 64 * 1024;

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int MSG_TRUNC = 0x20;
    private static final int SOCKADDR_BYTES = 12;

    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int NLM_F_DUMP_INTR = 0x10;
    private static final int NLM_F_CAPPED = 0x100;
    private static final int NLM_F_ACK_TLVS = 0x200;
    private static final int NLMSGERR_ATTR_MSG = 1;

    private final Descriptor descriptor;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment received = arena.allocate(RECEIVE_BYTES, 8);
    private final MemorySegment sender = arena.allocate(SOCKADDR_BYTES, 4);
    private final MemorySegment senderBytes = arena.allocate(4, 4);
    private final ReentrantLock lock = new ReentrantLock();
    private int sequence;
    private boolean closed;

    private NetlinkSocket(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** Opens a socket in the calling thread's network namespace. */
    static NetlinkSocket open(int protocol) {
        NetlinkSocket socket = new NetlinkSocket(new Descriptor((int) SystemCalls.call(
                "open a netlink socket", SystemCallNumber.SOCKET, AF_NETLINK, SOCK_RAW_CLOEXEC, protocol)));
        socket.option(SOL_SOCKET, SO_RCVTIMEO, ANSWER_SECONDS_MAX, 0);
        socket.option(SOL_NETLINK, NETLINK_EXT_ACK, 1);
        socket.option(SOL_NETLINK, NETLINK_CAP_ACK, 1);
        return socket;
    }

    /** The longs of an option: two for a time, one (as an int) for a switch. */
    private void option(int level, int name, long... values) {
        try (Arena shortLived = Arena.ofConfined()) {
            MemorySegment value = shortLived.allocate(16, 8);
            if (values.length == 1) {
                value.set(ValueLayout.JAVA_INT, 0, (int) values[0]);
            } else {
                value.set(ValueLayout.JAVA_LONG, 0, values[0]);
                value.set(ValueLayout.JAVA_LONG, 8, values[1]);
            }
            // older kernels lack some: all are refinements
            SystemCalls.attempt(
                    SystemCallNumber.SETSOCKOPT,
                    descriptor.number(),
                    level,
                    name,
                    value.address(),
                    values.length == 1 ? 4 : 16);
        }
    }

    /**
     * Sends requests, all in one system call, and waits until each is acknowledged (they must bear
     * NLM_F_ACK). The kernel carries them out in order, also those after one that failed.
     *
     * @param action what is tried, in words, for the error
     * @throws SystemCallException the first refusal
     */
    void execute(String action, List<MessageWriter> requests) {
        lock.lock();
        try {
            int first = sequence + 1;
            send(action, requests);
            int acknowledged = 0;
            int failure = 0;
            String words = "";
            while (acknowledged < requests.size()) {
                for (Message message : receive(action)) {
                    if (message.type() != NLMSG_ERROR || message.sequence() - first < 0) {
                        continue; // an echo, or the late answer to a request that timed out
                    }
                    acknowledged++;
                    int errno = errno(message);
                    if (failure == 0 && errno != 0) {
                        failure = errno;
                        words = words(message);
                    }
                }
            }
            if (failure != 0) {
                throw new SystemCallException(action + words, failure);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends a request that is answered by one message (neither NLM_F_ACK nor NLM_F_DUMP).
     *
     * @throws SystemCallException when the kernel refuses
     */
    Message query(String action, MessageWriter request) {
        lock.lock();
        try {
            send(action, List.of(request));
            for (int datagram = 0; datagram < DATAGRAMS_MAX; datagram++) {
                for (Message message : receive(action)) {
                    if (message.sequence() != sequence) {
                        continue;
                    }
                    if (message.type() == NLMSG_ERROR) {
                        throw new SystemCallException(action + words(message), errno(message));
                    }
                    return message;
                }
            }
            throw new BerthException(ErrorCode.KERNEL, action + ": no answer");
        } finally {
            lock.unlock();
        }
    }

    /** Sends a request that is answered by a list (NLM_F_DUMP), and reads all of it. */
    List<Message> dump(String action, MessageWriter request) {
        lock.lock();
        try {
            for (int attempt = 0; attempt < DUMP_ATTEMPTS_MAX; attempt++) {
                List<Message> messages = new ArrayList<>();
                send(action, List.of(request));
                if (collect(action, messages)) {
                    return messages;
                }
            }
            throw new BerthException(
                    ErrorCode.UNAVAILABLE, action + ": it changed meanwhile " + DUMP_ATTEMPTS_MAX + " times");
        } finally {
            lock.unlock();
        }
    }

    /** Reads up to the end; false when a change meanwhile made the list inconsistent. */
    private boolean collect(String action, List<Message> messages) {
        boolean consistent = true;
        for (int datagram = 0; datagram < DATAGRAMS_MAX; datagram++) {
            for (Message message : receive(action)) {
                if (message.sequence() != sequence) {
                    continue;
                }
                consistent &= (message.flags() & NLM_F_DUMP_INTR) == 0;
                if (message.type() == NLMSG_DONE) {
                    return consistent;
                }
                if (message.type() == NLMSG_ERROR) {
                    throw new SystemCallException(action + words(message), errno(message));
                }
                messages.add(message);
            }
        }
        throw new BerthException(ErrorCode.KERNEL, action + ": the list has no end");
    }

    private void send(String action, List<MessageWriter> requests) {
        if (closed) {
            throw new IllegalStateException(action + ": the socket is closed"); // its number may be another's now
        }
        List<byte[]> messages = new ArrayList<>();
        int size = 0;
        for (MessageWriter request : requests) {
            byte[] message = request.finish(++sequence);
            messages.add(message);
            size += message.length;
        }
        try (Arena shortLived = Arena.ofConfined()) {
            MemorySegment bytes = shortLived.allocate(size, 8);
            long offset = 0;
            for (byte[] message : messages) {
                MemorySegment.copy(message, 0, bytes, ValueLayout.JAVA_BYTE, offset, message.length);
                offset += message.length;
            }
            SystemCalls.call(
                    action, SystemCallNumber.SENDTO, descriptor.number(), bytes.address(), bytes.byteSize(), 0, 0, 0);
        }
    }

    private List<Message> receive(String action) {
        senderBytes.set(ValueLayout.JAVA_INT, 0, SOCKADDR_BYTES);
        long length = SystemCalls.attempt(
                SystemCallNumber.RECVFROM,
                descriptor.number(),
                received.address(),
                RECEIVE_BYTES,
                MSG_TRUNC,
                sender.address(),
                senderBytes.address());
        if (length == -Errno.EINTR) {
            return List.of();
        }
        if (length == -Errno.EAGAIN) {
            throw new BerthException(
                    ErrorCode.TIMEOUT, action + ": no answer of the kernel within " + ANSWER_SECONDS_MAX + " s");
        }
        if (length < 0) {
            throw new SystemCallException(action, (int) -length);
        }
        if (length > RECEIVE_BYTES) {
            throw new BerthException(
                    ErrorCode.KERNEL, action + ": an answer of " + length + " bytes, at most " + RECEIVE_BYTES);
        }
        if (sender.get(ValueLayout.JAVA_INT, 4) != 0) {
            return List.of(); // only the kernel has the number 0
        }
        return Message.parse(received.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    }

    private static int errno(Message message) {
        return -message.body().getInt(0);
    }

    /** The kernel's own words for a refusal, where it has some (extended acknowledgement). */
    private static String words(Message message) {
        boolean plain = (message.flags() & NLM_F_ACK_TLVS) != 0 && (message.flags() & NLM_F_CAPPED) != 0;
        return plain
                ? message.attributes(4 + MessageWriter.HEADER_BYTES)
                        .text(NLMSGERR_ATTR_MSG)
                        .map(text -> " (" + text + ")")
                        .orElse("")
                : "";
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                descriptor.close();
                arena.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
