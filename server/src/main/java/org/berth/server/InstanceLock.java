package org.berth.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;

/**
 * Held by the one daemon of an instance. Both folders are locked: another daemon that shared only
 * one of them would be as wrong. The kernel lets go when the process ends, however it ends.
 */
final class InstanceLock implements AutoCloseable {
    private static final String NAME = "lock";

    private final List<FileChannel> channels;

    private InstanceLock(List<FileChannel> channels) {
        this.channels = channels;
    }

    /** Takes it; CONFLICT names the folder and the daemon that has it. */
    static InstanceLock take(Instance instance) {
        List<FileChannel> channels = new ArrayList<>();
        try {
            channels.add(lock(instance.root()));
            channels.add(lock(instance.run()));
            return new InstanceLock(channels);
        } catch (RuntimeException e) {
            new InstanceLock(channels).close();
            throw e;
        }
    }

    private static FileChannel lock(Path folder) {
        Path file = folder.resolve(NAME);
        try {
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (locked(channel)) {
                channel.truncate(0);
                channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8)));
                return channel;
            }
            channel.close();
            String pid = Files.readString(file).trim();
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    folder + " is in use by another daemon" + (pid.isEmpty() ? "" : ", process " + pid)
                            + ": end it first, or choose other folders with BERTH_ROOT and BERTH_RUN");
        } catch (IOException e) {
            throw new BerthException(ErrorCode.UNAVAILABLE, "lock " + file + ": " + e.getMessage(), e);
        }
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // another daemon in this very process, as in tests
        }
    }

    @Override
    public void close() {
        for (FileChannel channel : channels) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new BerthException(ErrorCode.INTERNAL, "unlock: " + e.getMessage(), e);
            }
        }
    }
}
