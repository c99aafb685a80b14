package org.berth.engine;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerRequest.Secret;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.path.InRoot;

/**
 * Secrets as files of a file system in memory. It is mounted in {@code BERTH_RUN/secrets/ID} only
 * until the container that has it bound to {@link #TARGET} has started; then the container's is the
 * only one.
 */
final class SecretFiles {
    static final String TARGET = "/run/secrets";
    private static final int SECRET_BYTES_MAX = 512_000;
    private static final long MS_NOSUID = 2;
    private static final long MS_NODEV = 4;
    private static final long MS_NOEXEC = 8;
    private static final long MNT_DETACH = 2;

    private SecretFiles() {}

    /** Makes and fills the file system; the caller {@link #remove}s it. */
    static void create(Path folder, List<Secret> secrets) {
        Folders.create(folder);
        mount(folder);
        try (InRoot root = InRoot.open(folder)) {
            for (Secret secret : secrets) {
                String path = path(secret.name());
                int slash = path.lastIndexOf('/');
                if (slash > 0) {
                    root.makeFolders(path.substring(0, slash), 0755, 0, 0).close();
                }
                root.replace(path, content(secret), secret.mode(), secret.uid(), secret.gid());
            }
        }
    }

    /** Unmounts it here and removes the folder. Idempotent. */
    static void remove(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            long target = SystemCalls.text(arena, folder.toString()).address();
            long result = SystemCalls.attempt(SystemCallNumber.UMOUNT2, target, MNT_DETACH);
            if (result < 0 && result != -Errno.EINVAL && result != -Errno.ENOENT) {
                throw new SystemCallException("unmount " + folder, (int) -result);
            }
        }
        Folders.delete(folder);
    }

    /** A name may have folders in it, and nothing that leads out of them. */
    private static String path(String name) {
        List<String> parts = List.of(name.split("/", -1));
        if (parts.stream().anyMatch(Set.of("", ".", "..")::contains)) {
            throw new BerthException(
                    ErrorCode.INVALID, "invalid secret name '" + name + "': expected a file name below " + TARGET);
        }
        return name;
    }

    private static byte[] content(Secret secret) {
        Path source = secret.source();
        try {
            if (!Files.isRegularFile(source)) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        "secret " + secret.name() + ": " + source + " is not a file: make it, or correct the path");
            }
            if (Files.size(source) > SECRET_BYTES_MAX) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        "secret " + secret.name() + ": " + source + " is larger than " + SECRET_BYTES_MAX + " bytes");
            }
            return Files.readAllBytes(source);
        } catch (IOException e) {
            throw new BerthException(ErrorCode.INVALID, "secret " + secret.name() + ": can't read " + source, e);
        }
    }

    /** Kept out of swap where the kernel can do so (noswap, 6.4). */
    private static void mount(Path folder) {
        long result = mount(folder, "mode=0755,size=64m,noswap");
        if (result == -Errno.EINVAL) {
            result = mount(folder, "mode=0755,size=64m");
        }
        if (result < 0) {
            throw new SystemCallException("mount tmpfs on " + folder, (int) -result);
        }
    }

    private static long mount(Path folder, String options) {
        try (Arena arena = Arena.ofConfined()) {
            long type = SystemCalls.text(arena, "tmpfs").address();
            return SystemCalls.attempt(
                    SystemCallNumber.MOUNT,
                    type,
                    SystemCalls.text(arena, folder.toString()).address(),
                    type,
                    MS_NOSUID | MS_NODEV | MS_NOEXEC,
                    SystemCalls.text(arena, options).address());
        }
    }
}
