package org.berth.linux.cgroup;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;

/**
 * One container's group, in all hierarchies or in one, with all that OCI can set and tell. Made by a
 * {@link GroupDriver}; {@link #open} finds it again by the folders that were kept.
 *
 * <p>It is a name and not a handle: nothing needs closing, and what is gone is seen as empty.
 */
public final class ContainerGroup {
    private static final int SIGKILL = 9;
    private static final int DIRECTORY = 0x10000;
    private static final int REFREEZE_EVERY = 50;

    private final GroupFolders folders;

    ContainerGroup(GroupFolders folders) {
        this.folders = folders;
    }

    /**
     * A group that was made before.
     *
     * @param folders as {@link #folders()} gave them
     * @throws BerthException INVALID when one lies in no hierarchy of this machine
     */
    public static ContainerGroup open(CgroupLayout layout, List<Path> folders) {
        return new ContainerGroup(GroupFolders.of(layout, folders));
    }

    /** Its folders on the host, one for each hierarchy it is in; keep them to find it again. */
    public List<Path> folders() {
        return folders.folders();
    }

    /** Its folders with their hierarchies. */
    public GroupFolders places() {
        return folders;
    }

    /** Whether it is there, in any hierarchy. */
    public boolean exists() {
        return folders().stream().anyMatch(Files::isDirectory);
    }

    /**
     * The files a process joins by: writing "0" moves the writer itself. Join all of them before taking a
     * cgroup namespace. The caller closes them.
     */
    public List<Descriptor> openProcessFiles() {
        return folders().stream()
                .map(folder -> CgroupFiles.openToWrite(folder.resolve("cgroup.procs")))
                .toList();
    }

    /** Its folder in the unified hierarchy, for clone3's CLONE_INTO_CGROUP; the caller closes it. */
    public Optional<Descriptor> openUnifiedFolder() {
        return folders.unified().map(folder -> CgroupFiles.open(folder, DIRECTORY));
    }

    /** Moves a process into it. */
    public void add(long pid) {
        for (Path folder : folders()) {
            CgroupFiles.write(folder.resolve("cgroup.procs"), Long.toString(pid));
        }
    }

    /**
     * Sets what the resources name and leaves the rest.
     *
     * @throws BerthException INVALID, UNSUPPORTED or KERNEL, naming the setting, its file and the reason
     */
    public void update(GroupResources resources) {
        if (resources.memory().checkBeforeUpdate()) {
            checkMemory(resources.memory());
        }
        apply(resources, false);
    }

    void apply(GroupResources resources, boolean creating) {
        ResourceWriter.write(ResourcePlan.of(folders, resources, creating));
        boolean byProgram = folders.legacy("devices").isEmpty();
        if (byProgram && (creating || resources.devices().isPresent())) {
            Path folder = folders.unified()
                    .orElseThrow(() -> new BerthException(
                            ErrorCode.UNSUPPORTED,
                            "device rules: neither the v1 controller devices nor cgroup v2 is mounted here"));
            DeviceFilter.replace(
                    folder, DeviceList.of(resources.devices().orElseGet(() -> DeviceAccess.withStandard(List.of()))));
        }
    }

    /** The ids of its processes and of those in groups below it, in this pid namespace. */
    public List<Long> processes() {
        return watched().map(GroupTree::processes).orElse(List.of());
    }

    /**
     * Stops or resumes all its processes, those in groups below too, and waits until they are.
     *
     * @throws BerthException UNSUPPORTED without a freezer
     * @throws SystemCallException ETIMEDOUT when some do not stop, as in an uninterruptible wait
     */
    public void freeze(boolean frozen) {
        String action = (frozen ? "freeze " : "thaw ") + name();
        Optional<Path> legacy = folders.legacy("freezer");
        if (legacy.isPresent()) {
            freezeLegacy(legacy.get().resolve("freezer.state"), frozen, action);
            return;
        }
        Path folder = folders.unified()
                .orElseThrow(() -> new BerthException(
                        ErrorCode.UNSUPPORTED, action + ": neither the v1 freezer nor cgroup v2 is mounted here"));
        CgroupFiles.write(folder.resolve("cgroup.freeze"), frozen ? "1" : "0");
        GroupTree.await(
                action, () -> CgroupFiles.readKey(folder.resolve("cgroup.events"), "frozen") == (frozen ? 1 : 0));
    }

    /**
     * v1 may stay FREEZING for ever when a process forks or waits for one that is frozen already
     * (kernel Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst): now and then all go on for a moment.
     */
    private static void freezeLegacy(Path file, boolean frozen, String action) {
        String state = frozen ? "FROZEN" : "THAWED";
        int[] tries = {0};
        try {
            GroupTree.await(action, () -> {
                if (frozen && ++tries[0] % REFREEZE_EVERY == 0) {
                    CgroupFiles.write(file, "THAWED");
                }
                CgroupFiles.write(file, state);
                return CgroupFiles.read(file).equals(Optional.of(state));
            });
        } catch (SystemCallException e) {
            if (frozen && e.errno() == Errno.ETIMEDOUT) {
                CgroupFiles.write(file, "THAWED");
            }
            throw e;
        }
    }

    /** Whether its processes are stopped. */
    public boolean frozen() {
        Optional<Path> legacy = folders.legacy("freezer");
        if (legacy.isPresent()) {
            return CgroupFiles.read(legacy.get().resolve("freezer.state"))
                    .filter(state -> !state.equals("THAWED"))
                    .isPresent();
        }
        return folders.unified()
                .map(folder -> CgroupFiles.readNumber(folder.resolve("cgroup.freeze"), 0) == 1)
                .orElse(false);
    }

    /** Sends a signal to every process in it; none is forked past it while there is a freezer. */
    public void signalAll(int signal) {
        if (signal == SIGKILL) {
            killAll();
            return;
        }
        boolean freezes =
                folders.legacy("freezer").isPresent() || folders.unified().isPresent();
        boolean held = freezes && exists() && !frozen();
        if (held) {
            freeze(true);
        }
        try {
            watched()
                    .ifPresent(folder ->
                            GroupTree.processes(folder).forEach(pid -> GroupTree.signal(folder, pid, signal)));
        } finally {
            if (held) {
                freeze(false);
            }
        }
    }

    /**
     * Kills every process in it and below, frozen ones too, and waits until they are gone. In one
     * step where the kernel can ({@code cgroup.kill}, 5.14); else it is frozen, all are killed and it
     * goes on, until none is left.
     *
     * @throws SystemCallException ETIMEDOUT when some do not end
     */
    public void killAll() {
        Optional<Path> watched = watched().filter(Files::isDirectory);
        if (watched.isEmpty()) {
            return;
        }
        folders.unified()
                .ifPresent(folder -> CgroupFiles.write(new CgroupWrite(folder.resolve("cgroup.kill"), "1", true)));
        GroupTree.await("kill the processes of " + name(), () -> {
            List<Long> left = GroupTree.processes(watched.get());
            if (left.isEmpty()) {
                return true;
            }
            state("FROZEN");
            GroupTree.processes(watched.get()).forEach(pid -> GroupTree.signal(watched.get(), pid, SIGKILL));
            state("THAWED"); // on v1 a frozen process dies only when it goes on
            return false;
        });
    }

    /** What it uses and has used. */
    public GroupStatistics statistics() {
        return folders.legacy("memory").isPresent() || !folders.onlyUnified()
                ? LegacyStatistics.read(folders)
                : UnifiedStatistics.read(folders.unified().orElseThrow());
    }

    /** Watches it for processes killed, or about to be, for lack of memory; the caller closes it. */
    public MemoryEvents watchMemory() {
        return MemoryEvents.of(folders);
    }

    /**
     * Gives a user what it needs to make groups below: the v2 folder and the files that the kernel
     * names in /sys/kernel/cgroup/delegate. v1 hierarchies are never handed out: they are not safe
     * in a stranger's hands (cgroups(7)).
     */
    public void delegate(int uid, int gid) {
        folders.unified().ifPresent(folder -> Delegation.give(folder, uid, gid));
    }

    /**
     * Removes it with the groups below it, waiting for processes that are about to be gone. Idempotent.
     *
     * @throws SystemCallException ETIMEDOUT when processes are in it at the deadline
     */
    public void delete() {
        folders().forEach(GroupTree::remove);
    }

    private void checkMemory(GroupResources.Memory memory) {
        long limit = memory.limit().orElse(0);
        Path file = folders.legacy("memory")
                .map(folder -> folder.resolve("memory.usage_in_bytes"))
                .or(() -> folders.unified().map(folder -> folder.resolve("memory.current")))
                .orElseThrow();
        long usage = CgroupFiles.readNumber(file, 0);
        if (limit > 0 && usage > limit) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    "memory limit " + limit + ": " + usage + " bytes are in use (" + file
                            + "); a higher limit was expected, since checkBeforeUpdate is set");
        }
    }

    /** Freezes or thaws without waiting, where v1 can. */
    private void state(String state) {
        folders.legacy("freezer")
                .ifPresent(folder -> CgroupFiles.write(new CgroupWrite(folder.resolve("freezer.state"), state, true)));
    }

    /** The hierarchy whose list of processes is believed: every process is in all of them. */
    private Optional<Path> watched() {
        return folders.legacy("pids")
                .or(() -> folders.legacy("devices"))
                .or(folders::unified)
                .or(() -> folders().stream().findFirst());
    }

    private String name() {
        return folders().isEmpty() ? "no group" : folders().getFirst().toString();
    }

    @Override
    public String toString() {
        return folders().toString();
    }
}
