package org.berth.linux.cgroup;

import java.nio.file.Path;
import java.util.Optional;

/** Reads usage from a group's files, v1 or v2. */
final class UsageReader {
    private static final long NANOS_PER_MICRO = 1000;

    /** v1 writes "no limit" as the largest multiple of a page. */
    private static final long UNLIMITED_MIN = Long.MAX_VALUE / 2;

    private UsageReader() {}

    static CgroupUsage read(Cgroup group) {
        Optional<Path> memory = group.folder("memory");
        return memory.isPresent()
                ? legacy(group, memory.get())
                : unified(group.unifiedFolder().orElseThrow());
    }

    private static CgroupUsage legacy(Cgroup group, Path memory) {
        Path cpu = group.folder("cpu").orElse(memory);
        long limit = CgroupFiles.readNumber(memory.resolve("memory.limit_in_bytes"), Long.MAX_VALUE);
        return new CgroupUsage(
                CgroupFiles.readNumber(memory.resolve("memory.usage_in_bytes"), 0),
                CgroupFiles.readKey(memory.resolve("memory.stat"), "total_inactive_file"),
                limit >= UNLIMITED_MIN ? Long.MAX_VALUE : limit,
                CgroupFiles.readNumber(group.folder("cpuacct").orElse(cpu).resolve("cpuacct.usage"), 0),
                CgroupFiles.readNumber(group.folder("pids").orElse(memory).resolve("pids.current"), 0),
                CgroupFiles.readKey(memory.resolve("memory.oom_control"), "oom_kill"),
                CgroupFiles.readKey(cpu.resolve("cpu.stat"), "nr_throttled"));
    }

    private static CgroupUsage unified(Path folder) {
        return new CgroupUsage(
                CgroupFiles.readNumber(folder.resolve("memory.current"), 0),
                CgroupFiles.readKey(folder.resolve("memory.stat"), "inactive_file"),
                CgroupFiles.readNumber(folder.resolve("memory.max"), Long.MAX_VALUE),
                CgroupFiles.readKey(folder.resolve("cpu.stat"), "usage_usec") * NANOS_PER_MICRO,
                CgroupFiles.readNumber(folder.resolve("pids.current"), 0),
                CgroupFiles.readKey(folder.resolve("memory.events"), "oom_kill"),
                CgroupFiles.readKey(folder.resolve("cpu.stat"), "nr_throttled"));
    }
}
