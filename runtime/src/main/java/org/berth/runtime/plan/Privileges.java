package org.berth.runtime.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Launcher;
import org.berth.linux.launch.Operand;
import org.berth.runtime.Capabilities;
import org.berth.runtime.ProcessSpec.Bounds;
import org.berth.runtime.ProcessSpec.Limit;
import org.berth.runtime.ProcessSpec.User;

/** What the process may do: ids, capabilities, no_new_privs, the seccomp filter, open files. */
public final class Privileges {
    private static final int CAPABILITY_VERSION_3 = 0x20080522;
    private static final int INSTRUCTION_SIZE = 8;
    private static final int RLIMIT_NOFILE = 7;

    /** What docker's engine gives: enough for any server, few enough for programs that close them all. */
    private static final long OPEN_FILES_MAX = 1_048_576;

    private final Script script;

    Privileges(Script script) {
        this.script = script;
    }

    /**
     * Keeps the container's root from reading this process's memory, executable and descriptors
     * through /proc (CVE-2019-5736, CVE-2016-9962). Credentials that change may reset it, so it is
     * set again after.
     */
    public static void hideMemory(Script script) {
        script.call("hide the process's memory", Call.PRCTL, Operand.named("PR_SET_DUMPABLE", 4), Flags.NONE);
    }

    /** A process whose monitor is gone has nobody to take its output or its exit. New ids reset it. */
    static void endWithMonitor(Script script) {
        script.call(
                "end with the monitor", Call.PRCTL, Operand.named("PR_SET_PDEATHSIG", 1), Operand.named("SIGKILL", 9));
    }

    /** Limits that are raised while we have the machine's rights: a low one of those here harms nothing of ours. */
    private static final Set<String> RAISED_EARLY =
            Set.of("core", "memlock", "locks", "sigpending", "msgqueue", "nice", "rtprio", "rttime");

    /**
     * Takes what only the machine's root may take, before a user namespace is entered: the out of memory score, and
     * limits above ours.
     */
    void loosen(Bounds bounds, HostFacts host) {
        if (bounds.outOfMemoryScore().isPresent()) {
            String score = Integer.toString(bounds.outOfMemoryScore().getAsInt());
            String label = "set the out of memory score to " + score;
            Datum file = script.open(label, "/proc/self/oom_score_adj", Flags.WRITE);
            script.call(label, Call.WRITE, Operand.value(file), script.text(score), Operand.number(score.length()));
            script.close(file);
        }
        bounds.limits().stream()
                .filter(limit -> RAISED_EARLY.contains(limit.name())
                        || limit.number() == RLIMIT_NOFILE && limit.hard() > host.openFilesMax())
                .forEach(this::limit);
    }

    /** Sets the limits of a container's own, and that of open files where it has none: its own comes last. */
    void limit(Bounds bounds, HostFacts host) {
        if (openFiles(bounds).isEmpty()) {
            limitOpenFiles(host);
        }
        bounds.limits().stream()
                .filter(limit -> limit.number() != RLIMIT_NOFILE)
                .forEach(this::limit);
    }

    /** A limit of open files of its own, once all that we have open is closed but for where failures are told. */
    void limitOpenFiles(Bounds bounds) {
        openFiles(bounds).ifPresent(limit -> {
            script.call(
                    "close all else",
                    Call.CLOSE_RANGE,
                    Operand.number(Launcher.FIRST_PASSED_DESCRIPTOR),
                    Operand.named("~0", 0xffffffffL),
                    Flags.NONE);
            limit(limit);
        });
    }

    private static Optional<Limit> openFiles(Bounds bounds) {
        return bounds.limits().stream()
                .filter(limit -> limit.number() == RLIMIT_NOFILE)
                .findFirst();
    }

    private void limit(Limit limit) {
        Datum values = script.builder()
                .structure(
                        "limit of " + limit.name(), new Datum.LongWord(limit.soft()), new Datum.LongWord(limit.hard()));
        String name = "RLIMIT_" + limit.name().toUpperCase(Locale.ROOT);
        script.call(
                "limit " + limit.name() + " (" + name + ") to " + limit.soft() + ":" + limit.hard(),
                Call.PRLIMIT64,
                Flags.NONE,
                Operand.named(name, limit.number()),
                Operand.address(values),
                Flags.NONE);
    }

    /** Lowers the limit of open files that the daemon's JVM has raised. */
    private void limitOpenFiles(HostFacts host) {
        long limit = Math.min(OPEN_FILES_MAX, host.openFilesMax());
        Datum limits = script.builder().structure("open files", new Datum.LongWord(limit), new Datum.LongWord(limit));
        script.call(
                "limit open files (RLIMIT_NOFILE) to " + limit,
                Call.PRLIMIT64,
                Flags.NONE,
                Operand.named("RLIMIT_NOFILE", RLIMIT_NOFILE),
                Operand.address(limits),
                Flags.NONE);
    }

    /**
     * Becomes the user with its capabilities; what is not named is dropped from every set, the
     * bounding one included (youki 3434), and inheritable and ambient stay empty (CVE-2022-29162).
     */
    void become(User user, Capabilities capabilities, HostFacts host, boolean gainsPrivileges) {
        Set<Integer> kept = capabilities.numbers();
        for (int number = 0; number <= host.lastCapability(); number++) {
            if (!kept.contains(number)) {
                script.call(
                        "drop " + Capabilities.name(number),
                        Call.PRCTL,
                        Operand.named("PR_CAPBSET_DROP", 24),
                        Operand.number(number));
            }
        }
        setGroups(user.additional());
        Operand gid = Operand.number(user.gid());
        script.call("become group " + user.gid(), Call.SETRESGID, gid, gid, gid);
        Operand uid = Operand.number(user.uid());
        script.call("become user " + user.uid(), Call.SETRESUID, uid, uid, uid);
        setCapabilities(user.uid() == 0 ? mask(kept, host.lastCapability()) : 0);
        hideMemory(script);
        endWithMonitor(script);
        if (gainsPrivileges) {
            return;
        }
        script.call(
                "gain no new privileges",
                Call.PRCTL,
                Operand.named("PR_SET_NO_NEW_PRIVS", 38),
                Operand.number(1),
                Flags.NONE,
                Flags.NONE,
                Flags.NONE);
    }

    private void setGroups(List<Long> groups) {
        List<Datum.Field> ids = new ArrayList<>();
        groups.forEach(id -> ids.add(new Datum.Word((int) (long) id)));
        Operand list =
                ids.isEmpty() ? Flags.NONE : Operand.address(script.builder().structure("groups", ids));
        script.call("take the additional groups", Call.SETGROUPS, Operand.number(ids.size()), list);
    }

    private void setCapabilities(long mask) {
        Datum header = script.builder()
                .structure("capability version 3", new Datum.Word(CAPABILITY_VERSION_3), new Datum.Word(0));
        int low = (int) mask;
        int high = (int) (mask >>> 32);
        Datum sets = script.builder()
                .structure(
                        "effective, permitted, inheritable",
                        new Datum.Word(low),
                        new Datum.Word(low),
                        new Datum.Word(0),
                        new Datum.Word(high),
                        new Datum.Word(high),
                        new Datum.Word(0));
        script.call("set capabilities", Call.CAPSET, Operand.address(header), Operand.address(sets));
    }

    private static long mask(Set<Integer> numbers, int last) {
        long mask = 0;
        for (int number : numbers) {
            mask |= number <= last ? 1L << number : 0;
        }
        return mask;
    }

    /** Loads the filter: the last thing before the program, which it then governs. */
    void filterCalls(Optional<byte[]> program, boolean listener) {
        if (program.isEmpty()) {
            return;
        }
        Datum description = script.shared("seccomp program", name -> describe(name, program.get()));
        script.call(
                "filter system calls",
                Call.SECCOMP,
                Operand.named("SECCOMP_SET_MODE_FILTER", 1),
                listener ? Flags.NEW_LISTENER : Flags.NONE,
                Operand.address(description));
    }

    /** struct sock_fprog: how many instructions of 8 bytes, and where. */
    private Datum describe(String name, byte[] code) {
        Datum filter = script.builder().bytes("seccomp filter", code);
        Datum.Word count = new Datum.Word(code.length / INSTRUCTION_SIZE);
        return script.builder().structure(name, count, new Datum.Word(0), new Datum.Pointer(filter.start()));
    }
}
