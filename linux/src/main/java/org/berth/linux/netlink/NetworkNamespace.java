package org.berth.linux.netlink;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * A network namespace (network_namespaces(7)): this process's own, or another one held by a
 * descriptor. A thread's namespace is a property of the thread, and the JVM moves virtual threads
 * about, so whatever must happen in another namespace runs on a platform thread made for it, which
 * enters the namespace and ends afterwards. A socket stays in the namespace it was opened in.
 */
public final class NetworkNamespace implements AutoCloseable {
    private static final long CLONE_NEWNET = 0x40000000L;
    private static final long NSFS_MAGIC = 0x6e736673L;
    private static final long MS_BIND = 0x1000;
    private static final long MNT_DETACH = 2;
    private static final long AT_FDCWD = -100;
    private static final long O_RDONLY_CLOEXEC = 0x80000;
    private static final int STATFS_BYTES = 120;
    private static final String OWN = "/proc/thread-self/ns/net";

    private static final NetworkNamespace CURRENT = new NetworkNamespace(Optional.empty());

    private final Optional<Descriptor> descriptor;

    private NetworkNamespace(Optional<Descriptor> descriptor) {
        this.descriptor = descriptor;
    }

    /** The namespace this process runs in; closing it does nothing. */
    public static NetworkNamespace current() {
        return CURRENT;
    }

    /**
     * A fresh namespace, in which nothing is but a loopback that is down. It lives while it is held or used.
     *
     * @param setUp what to do in it first, on the thread that made it ({@link #call} says what it may)
     */
    public static NetworkNamespace create(Runnable setUp) {
        return onThread("make a network namespace", () -> {
            SystemCalls.call("make a network namespace", SystemCallNumber.UNSHARE, CLONE_NEWNET);
            setUp.run();
            return new NetworkNamespace(Optional.of(openDescriptor(OWN)));
        });
    }

    /**
     * A fresh namespace that another process has made, as {@link #create}.
     *
     * @param made opens it; run on the thread that then enters it
     */
    public static NetworkNamespace adopt(Supplier<Descriptor> made, Runnable setUp) {
        return onThread("enter a new network namespace", () -> {
            Descriptor descriptor = made.get();
            try {
                SystemCalls.call(
                        "enter a new network namespace", SystemCallNumber.SETNS, descriptor.number(), CLONE_NEWNET);
                setUp.run();
                return new NetworkNamespace(Optional.of(descriptor));
            } catch (RuntimeException e) {
                descriptor.close();
                throw e;
            }
        });
    }

    /**
     * Opens the namespace that a file holds ({@link #hold}).
     *
     * @throws BerthException NOT_FOUND when the file is missing or holds none
     */
    public static NetworkNamespace open(Path file) {
        Descriptor descriptor;
        try {
            descriptor = openDescriptor(file.toString());
        } catch (SystemCallException e) {
            if (e.errno() == Errno.ENOENT) {
                throw new BerthException(ErrorCode.NOT_FOUND, "no network namespace at " + file, e);
            }
            throw e;
        }
        if (!isNamespace(descriptor)) {
            descriptor.close();
            throw new BerthException(ErrorCode.NOT_FOUND, "no network namespace at " + file + ": a plain file");
        }
        return new NetworkNamespace(Optional.of(descriptor));
    }

    /** Whether {@code file} holds a namespace now: after a reboot only an empty file is left. */
    public static boolean isHeldBy(Path file) {
        if (!Files.exists(file)) {
            return false;
        }
        try (Descriptor descriptor = openDescriptor(file.toString())) {
            return isNamespace(descriptor);
        } catch (SystemCallException e) {
            return false;
        }
    }

    /**
     * Keeps the namespace alive by a file: a bind mount over it, made with its folder where missing.
     *
     * @throws IllegalStateException for this process's own namespace
     */
    public void hold(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().resolveSibling(".").normalize());
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            // left by a reboot: it is mounted over
        } catch (IOException e) {
            throw new UncheckedIOException("create " + file + ": " + e.getMessage(), e);
        }
        try (Arena arena = Arena.ofConfined()) {
            SystemCalls.call(
                    "mount a network namespace on " + file,
                    SystemCallNumber.MOUNT,
                    SystemCalls.text(arena, held().path()).address(),
                    SystemCalls.text(arena, file.toString()).address(),
                    0,
                    MS_BIND,
                    0);
        }
    }

    /**
     * Lets go of a namespace held by {@code file} and removes the file. Idempotent. Copies of the
     * mount in other mount namespaces go with the file (unlink(2) of a mount point, kernel 3.18).
     */
    public static void release(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = SystemCalls.text(arena, file.toString());
            while (isHeldBy(file)) {
                SystemCalls.call("unmount " + file, SystemCallNumber.UMOUNT2, path.address(), MNT_DETACH);
            }
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("remove " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Runs {@code work} in this namespace: on the caller's thread when it is the process's own, else
     * on a platform thread of its own. The work must start no thread, which would be born in the
     * namespace and stay there: open sockets, make system calls, read and write files of /proc.
     */
    public <T> T call(Supplier<T> work) {
        if (descriptor.isEmpty()) {
            return work.get();
        }
        return onThread("enter a network namespace", () -> {
            SystemCalls.call("enter a network namespace", SystemCallNumber.SETNS, held().number(), CLONE_NEWNET);
            return work.get();
        });
    }

    /** {@link #call} for work without a result. */
    public void run(Runnable work) {
        Optional<Object> nothing = call(() -> {
            work.run();
            return Optional.empty();
        });
        assert nothing.isEmpty();
    }

    /**
     * The descriptor that holds the namespace.
     *
     * @throws IllegalStateException for this process's own namespace, which is not held by one
     */
    Descriptor held() {
        return descriptor.orElseThrow(() -> new IllegalStateException("the process's own namespace is not held"));
    }

    @Override
    public void close() {
        descriptor.ifPresent(Descriptor::close);
    }

    private static Descriptor openDescriptor(String path) {
        try (Arena arena = Arena.ofConfined()) {
            return new Descriptor((int) SystemCalls.call(
                    "open " + path,
                    SystemCallNumber.OPENAT,
                    AT_FDCWD,
                    SystemCalls.text(arena, path).address(),
                    O_RDONLY_CLOEXEC));
        }
    }

    private static boolean isNamespace(Descriptor descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment information = arena.allocate(STATFS_BYTES, 8);
            SystemCalls.call(
                    "stat a namespace's file", SystemCallNumber.FSTATFS, descriptor.number(), information.address());
            return information.get(ValueLayout.JAVA_LONG, 0) == NSFS_MAGIC;
        }
    }

    private static <T> T onThread(String name, Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofPlatform().name(name).daemon().start(() -> {
            try {
                result.complete(work.get());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
