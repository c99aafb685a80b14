package org.berth.linux.cgroup;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * Tells when a group is out of memory. On v1 the kernel counts into an eventfd(2) that was registered in
 * cgroup.event_control; on v2 it wakes who polls memory.events.
 */
public final class MemoryEvents implements AutoCloseable {
    private static final int CLOSE_ON_EXEC = 0x80000;
    private static final int NON_BLOCKING = 0x800;
    private static final int POLL_IN = 1;
    private static final int POLL_PRIORITY = 2;
    private static final int POLL_BYTES = 8;
    private static final int TEXT_BYTES_MAX = 4096;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final Descriptor wakes;
    private final Optional<Descriptor> watched;
    private final Path folder;
    private final boolean legacy;
    private long kills;

    private MemoryEvents(Descriptor wakes, Optional<Descriptor> watched, Path folder, boolean legacy) {
        this.wakes = wakes;
        this.watched = watched;
        this.folder = folder;
        this.legacy = legacy;
        this.kills = kills();
    }

    static MemoryEvents of(GroupFolders folders) {
        Optional<Path> legacy = folders.legacy("memory");
        if (legacy.isPresent()) {
            return register(legacy.get());
        }
        Path folder = folders.unified()
                .orElseThrow(() -> new BerthException(
                        ErrorCode.UNSUPPORTED, "out of memory events: the memory controller is not mounted here"));
        return new MemoryEvents(CgroupFiles.open(folder.resolve("memory.events"), 0), Optional.empty(), folder, false);
    }

    private static MemoryEvents register(Path folder) {
        Descriptor control = CgroupFiles.open(folder.resolve("memory.oom_control"), 0);
        Descriptor wakes = new Descriptor((int) SystemCalls.call(
                "make a counter of events", SystemCallNumber.EVENTFD2, 0, CLOSE_ON_EXEC | NON_BLOCKING));
        try {
            CgroupFiles.write(folder.resolve("cgroup.event_control"), wakes.number() + " " + control.number());
            return new MemoryEvents(wakes, Optional.of(control), folder, true);
        } catch (SystemCallException e) {
            wakes.close();
            control.close();
            throw e;
        }
    }

    /**
     * Waits for the next time memory is out.
     *
     * @return how often it was since the last call, 0 when the time is over or the group is gone
     */
    public long await(Duration time) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment poll = arena.allocate(POLL_BYTES, 4);
            poll.set(ValueLayout.JAVA_INT, 0, wakes.number());
            poll.set(ValueLayout.JAVA_SHORT, 4, (short) (legacy ? POLL_IN : POLL_PRIORITY));
            MemorySegment limit = arena.allocate(16, 8);
            limit.set(ValueLayout.JAVA_LONG, 0, time.toNanos() / NANOS_PER_SECOND);
            limit.set(ValueLayout.JAVA_LONG, 8, time.toNanos() % NANOS_PER_SECOND);
            long ready = SystemCalls.attempt(SystemCallNumber.PPOLL, poll.address(), 1, limit.address(), 0, 0);
            if (ready < 0 && ready != -Errno.EINTR) {
                throw new SystemCallException("wait for events of " + folder, (int) -ready);
            }
            return ready > 0 ? taken(arena) : 0;
        }
    }

    private long taken(Arena arena) {
        if (!legacy) {
            long before = kills;
            kills = kills(); // reading by the polled descriptor arms it again
            return Math.max(0, kills - before);
        }
        MemorySegment count = arena.allocate(8, 8);
        long read = SystemCalls.attempt(SystemCallNumber.READ, wakes.number(), count.address(), 8);
        // the removal of the group counts as an event too
        return read == 8 && java.nio.file.Files.isDirectory(folder) ? count.get(ValueLayout.JAVA_LONG, 0) : 0;
    }

    private long kills() {
        if (legacy) {
            return 0;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(TEXT_BYTES_MAX);
            long length =
                    SystemCalls.attempt(SystemCallNumber.PREAD64, wakes.number(), text.address(), TEXT_BYTES_MAX, 0);
            return length <= 0
                    ? kills
                    : Counters.key(
                            new String(
                                    text.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE),
                                    java.nio.charset.StandardCharsets.US_ASCII),
                            "oom_kill");
        }
    }

    @Override
    public void close() {
        wakes.close();
        watched.ifPresent(Descriptor::close);
    }
}
