package org.berth.linux.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.linux.cgroup.CgroupLayout.Hierarchy;

/** One group of processes, in every hierarchy of the machine. Made by {@link Cgroups}. */
public final class Cgroup {
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final long PAUSE_NANOS_MIN = 200_000;
    private static final long PAUSE_NANOS_MAX = 20_000_000;
    private static final int SIGKILL = 9;
    private static final int NESTED_MAX = 64;
    private static final int DIRECTORY = 0x10000;

    private final String name;
    private final CgroupPlan plan;

    Cgroup(String name, CgroupPlan plan) {
        this.name = name;
        this.plan = plan;
    }

    /** Its name below the parent. */
    public String name() {
        return name;
    }

    /**
     * The files a process joins by, one for each hierarchy: writing "0" moves the writer itself. Join
     * all of them before taking a cgroup namespace, else the host's paths show in it.
     */
    public List<Path> processFiles() {
        return plan.folders().stream()
                .map(folder -> folder.resolve("cgroup.procs"))
                .toList();
    }

    /** {@link #processFiles()} opened to write to; the caller closes them. */
    public List<Descriptor> openProcessFiles() {
        return processFiles().stream().map(CgroupFiles::openToWrite).toList();
    }

    /** Its folder in the unified hierarchy, for clone3's CLONE_INTO_CGROUP; the caller closes it. */
    public Optional<Descriptor> openUnifiedFolder() {
        return unifiedFolder().map(folder -> CgroupFiles.open(folder, DIRECTORY));
    }

    /** Its folders on the host, one for each hierarchy. */
    public List<Path> folders() {
        return plan.folders();
    }

    /** Changes its limits; devices stay as they are. */
    public void update(CgroupLimits limits) {
        CgroupFiles.writeAll(plan.update(limits));
    }

    /**
     * Sets what few groups ask for, over its limits. What is empty stays as it is.
     *
     * @throws org.berth.base.BerthException UNSUPPORTED or INVALID, naming what this kernel has not
     */
    public void tune(GroupResources resources) {
        folder("cpu").ifPresent(folder -> RealtimeShare.provide(folder, resources.processor()));
        ContainerGroup.open(plan.layout(), folders()).update(resources);
    }

    /** The ids of its processes, in this pid namespace. */
    public List<Long> processes() {
        return CgroupFiles.read(watched().resolve("cgroup.procs")).stream()
                .flatMap(String::lines)
                .filter(line -> !line.isBlank() && !line.equals("0"))
                .map(Long::parseLong)
                .toList();
    }

    /** Stops or resumes all its processes, and waits until they are. */
    public void freeze(boolean frozen) {
        Optional<Path> freezer = folder("freezer");
        if (freezer.isPresent()) {
            Path file = freezer.get().resolve("freezer.state");
            String state = frozen ? "FROZEN" : "THAWED";
            await("freeze " + name, () -> {
                CgroupFiles.write(file, state);
                return CgroupFiles.read(file).equals(Optional.of(state));
            });
            return;
        }
        Path folder = unifiedFolder().orElseThrow();
        CgroupFiles.write(folder.resolve("cgroup.freeze"), frozen ? "1" : "0");
        await(
                "freeze " + name,
                () -> CgroupFiles.readKey(folder.resolve("cgroup.events"), "frozen") == (frozen ? 1 : 0));
    }

    /** Whether its processes are stopped. */
    public boolean frozen() {
        return folder("freezer")
                .map(folder ->
                        !CgroupFiles.read(folder.resolve("freezer.state")).equals(Optional.of("THAWED")))
                .orElseGet(() ->
                        CgroupFiles.readNumber(unifiedFolder().orElseThrow().resolve("cgroup.freeze"), 0) == 1);
    }

    /**
     * Kills every process in it, frozen ones too, and waits until they are gone. In one step where
     * the kernel can ({@code cgroup.kill}, 5.14); else again and again until none is left.
     *
     * @throws SystemCallException ETIMEDOUT when some do not end, as in an uninterruptible wait
     */
    public void killAll() {
        if (plan.folders().stream().noneMatch(Files::isDirectory)) {
            return;
        }
        unifiedFolder()
                .map(folder -> folder.resolve("cgroup.kill"))
                .filter(Files::exists)
                .ifPresent(file -> CgroupFiles.write(new CgroupWrite(file, "1", true)));
        await("kill " + name, () -> {
            List<Long> processes = processes();
            processes.forEach(this::kill);
            if (!processes.isEmpty()) {
                thaw();
            }
            return processes.isEmpty();
        });
    }

    /** What it uses now; what can't be read is 0, as when it is gone. */
    public CgroupUsage usage() {
        return UsageReader.read(this);
    }

    CgroupPlan plan() {
        return plan;
    }

    /** Its folder in the v1 hierarchy of a controller. */
    Optional<Path> folder(String controller) {
        return plan.layout().controlling(controller).map(Hierarchy::folder).map(folder -> folder.resolve(plan.group()));
    }

    /** Its folder in the unified hierarchy. */
    Optional<Path> unifiedFolder() {
        return plan.layout().unified().map(Hierarchy::folder).map(folder -> folder.resolve(plan.group()));
    }

    /** Removes its folders with what was made below them, waiting for processes that are about to be gone. */
    void removeFolders() {
        for (Path folder : plan.folders()) {
            await("remove the control group " + folder, () -> {
                long result = CgroupFiles.removeFolder(folder);
                if (result == -Errno.EBUSY || result == -Errno.ENOTEMPTY) {
                    nested(folder).forEach(CgroupFiles::removeFolder);
                    return false;
                }
                if (result < 0 && result != -Errno.ENOENT) {
                    throw new SystemCallException("remove the control group " + folder, (int) -result);
                }
                return true;
            });
        }
    }

    /** Groups below a folder, the deepest first. */
    private static List<Path> nested(Path folder) {
        try (Stream<Path> below = Files.find(folder, NESTED_MAX, (path, attributes) -> attributes.isDirectory())) {
            return below.filter(path -> !path.equals(folder)).toList().reversed();
        } catch (IOException | java.io.UncheckedIOException e) {
            return List.of(); // it goes away while we look
        }
    }

    /** By pidfd, and only while the process is still listed: its number may be another's by now. */
    private void kill(long pid) {
        long opened = SystemCalls.attempt(SystemCallNumber.PIDFD_OPEN, pid, 0);
        if (opened < 0) {
            return;
        }
        try (Descriptor process = new Descriptor((int) opened)) {
            if (processes().contains(pid)) {
                SystemCalls.attempt(SystemCallNumber.PIDFD_SEND_SIGNAL, process.number(), SIGKILL, 0, 0);
            }
        }
    }

    /** On v1 a frozen process dies only when it goes on. */
    private void thaw() {
        folder("freezer")
                .ifPresent(
                        folder -> CgroupFiles.write(new CgroupWrite(folder.resolve("freezer.state"), "THAWED", true)));
    }

    /** The hierarchy whose list of processes is believed: every process is in all of them. */
    private Path watched() {
        return folder("pids")
                .or(this::unifiedFolder)
                .orElseGet(() -> plan.folders().getFirst());
    }

    private static void await(String action, Condition condition) {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        long pause = PAUSE_NANOS_MIN;
        while (!condition.holds()) {
            if (System.nanoTime() - deadline > 0) {
                throw new SystemCallException(action, Errno.ETIMEDOUT);
            }
            LockSupport.parkNanos(pause);
            pause = Math.min(PAUSE_NANOS_MAX, pause * 2);
        }
    }

    private interface Condition {
        boolean holds();
    }
}
