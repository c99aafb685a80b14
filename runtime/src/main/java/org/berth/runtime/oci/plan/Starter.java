package org.berth.runtime.oci.plan;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Launch;
import org.berth.linux.launch.Launcher;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;
import org.berth.runtime.oci.config.LinuxPart;
import org.berth.runtime.oci.config.Namespace;
import org.berth.runtime.oci.config.Namespace.Kind;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Placement.Group;
import org.berth.runtime.plan.Privileges;
import org.berth.runtime.plan.Script;

/**
 * The process that the runtime spawns: it enters groups and namespaces, clones the container's first
 * process as the runtime's own child, says its id, and ends. What must be done with the host's rights
 * is done here, before the user namespace.
 */
final class Starter {
    private static final long CLONE_PARENT = 0x8000;
    private static final int CLONE_ARGUMENTS_SIZE = 88;

    private final Script script;
    private final Talk talk;
    private final LinuxPart linux;

    Starter(Script script, Talk talk, LinuxPart linux) {
        this.script = script;
        this.talk = talk;
        this.linux = linux;
    }

    /** Keeps nothing of the runtime's but what was passed. @param passed how many descriptors */
    void isolate(int passed) {
        script.call(
                "close the runtime's descriptors",
                Call.CLOSE_RANGE,
                Operand.number(Launcher.FIRST_PASSED_DESCRIPTOR + (long) passed),
                Operand.named("~0", 0xffffffffL),
                Flags.NONE);
        script.call("name the process", Call.PRCTL, Operand.named("PR_SET_NAME", 15), script.text("berth:init"));
    }

    /** Joins each group: as any process of one thread, by writing 0 to its {@code cgroup.procs}. */
    void joinGroups(List<Group> groups) {
        for (Group group : groups) {
            String label = "join the cgroup " + group.folder();
            String file = group.unified() ? "cgroup.procs" : "tasks";
            Datum opened = script.open(label, group.folder().resolve(file).toString(), Flags.WRITE);
            script.call(label, Call.WRITE, Operand.value(opened), script.text("0"), Operand.number(1));
            script.close(opened);
        }
    }

    /** Opens what a FIFO is waited or reported by, at its number. */
    void hold(String name, String path, int number) {
        String label = "open " + name;
        Datum opened = script.open(label, path, Flags.READ_WRITE);
        script.call(label, Call.DUP3, Operand.value(opened), Operand.number(number), Flags.CLOSE_ON_EXEC);
        script.close(opened);
    }

    /**
     * Joins the namespaces that have a path and makes the user and the time namespace. One that the
     * user namespace owns can be joined inside of it only: what is refused before is tried again.
     */
    void enterNamespaces() {
        Map<Kind, Datum> files = new EnumMap<>(Kind.class);
        for (Namespace namespace : linux.namespaces()) {
            namespace
                    .path()
                    .ifPresent(path -> files.put(
                            namespace.kind(),
                            script.open(
                                    "open the " + namespace.kind().key() + " namespace " + path, path, Flags.READ)));
        }
        Optional<Datum> user = Optional.ofNullable(files.remove(Kind.USER));
        boolean entersUser = linux.has(Kind.USER);
        Map<Kind, Datum> results = new EnumMap<>(Kind.class);
        files.forEach((kind, file) -> {
            Datum result = script.slot("joined " + kind.key());
            var step = join(kind, file).into(result);
            if (entersUser) {
                step.ignoreNegative();
                results.put(kind, result);
            }
        });
        user.ifPresent(file -> join(Kind.USER, file));
        if (linux.makes(Kind.USER)) {
            script.call("make a user namespace", Call.UNSHARE, Operand.named("CLONE_NEWUSER", Kind.USER.flag()));
            talk.say(SyncMessage.USER_NAMESPACE);
        }
        if (entersUser) {
            becomeRoot();
            results.forEach((kind, result) -> joinAgain(kind, result, files));
        }
        makeTime();
    }

    private void joinAgain(Kind kind, Datum result, Map<Kind, Datum> files) {
        Mark joined = script.builder().mark("joined " + kind.key());
        Mark again = script.builder().mark("join again " + kind.key());
        script.call("was it joined", Call.COMPUTE, Operand.value(result)).jump(Jump.ON_NEGATIVE, again);
        script.builder().jump(joined);
        script.builder().place(again);
        Datum file = files.get(kind);
        if (file != null) {
            join(kind, file);
        }
        script.builder().place(joined);
    }

    private org.berth.linux.launch.LaunchBuilder.StepBuilder join(Kind kind, Datum file) {
        String flag = "CLONE_NEW" + kind.file().replace("mnt", "ns").toUpperCase(java.util.Locale.ROOT);
        return script.call(
                "join the " + kind.key() + " namespace " + file.name(),
                Call.SETNS,
                Operand.value(file),
                Operand.named(flag, kind.flag()));
    }

    /** The user namespace's root sets everything up. */
    private void becomeRoot() {
        Operand zero = Operand.number(0);
        script.call("become the container's root group", Call.SETRESGID, zero, zero, zero);
        script.call("become the container's root", Call.SETRESUID, zero, zero, zero);
    }

    /** Its offsets must be written before a process is in it: time_namespaces(7). */
    private void makeTime() {
        if (!linux.makes(Kind.TIME)) {
            return;
        }
        script.call("make a time namespace", Call.UNSHARE, Operand.named("CLONE_NEWTIME", Kind.TIME.flag()));
        if (linux.timeOffsets().isEmpty()) {
            return;
        }
        StringBuilder text = new StringBuilder();
        new TreeMap<>(linux.timeOffsets())
                .forEach((clock, offset) -> text.append(clock)
                        .append(' ')
                        .append(offset.seconds())
                        .append(' ')
                        .append(offset.nanoseconds())
                        .append('\n'));
        String label = "set the time namespace's offsets";
        // new ids have made /proc/self the host root's
        script.call(label, Call.PRCTL, Operand.named("PR_SET_DUMPABLE", 4), Operand.number(1));
        Datum file = script.open(label, "/proc/self/timens_offsets", Flags.WRITE);
        script.call(
                label, Call.WRITE, Operand.value(file), script.text(text.toString()), Operand.number(text.length()));
        script.close(file);
    }

    /** Joins all namespaces of the container's first process. @param process its pidfd */
    void join(int process) {
        long kinds = 0;
        List<String> names = new ArrayList<>();
        for (Namespace namespace : linux.namespaces()) {
            kinds |= namespace.kind().flag();
            names.add(namespace.kind().key());
        }
        if (kinds == 0) {
            return;
        }
        script.call(
                "join the container's namespaces",
                Call.SETNS,
                Operand.number(process),
                Operand.named(String.join("|", names), kinds));
        if (linux.has(Kind.USER)) {
            becomeRoot();
            Privileges.hideMemory(script);
        }
    }

    /** The namespaces that the clone of the first process makes. */
    long madeAtClone() {
        long flags = 0;
        for (Namespace namespace : linux.namespaces()) {
            boolean before = namespace.kind() == Kind.USER || namespace.kind() == Kind.TIME;
            flags |= namespace.path().isEmpty() && !before ? namespace.kind().flag() : 0;
        }
        return flags;
    }

    /**
     * Clones the process, says its id and ends; the process goes on.
     *
     * @param namespaces those that the clone makes
     */
    void cloneProcess(long namespaces) {
        long flags = CLONE_PARENT | namespaces;
        Datum arguments = script.builder()
                .structure("clone arguments", new Datum.LongWord(flags), new Datum.Space(CLONE_ARGUMENTS_SIZE - 8));
        Datum pid = script.slot("pid");
        Mark process = script.builder().mark("process");
        script.call(
                        "clone the container's process",
                        Call.CLONE3,
                        Operand.address(arguments),
                        Operand.number(CLONE_ARGUMENTS_SIZE))
                .into(pid)
                .jump(Jump.ON_ZERO, process);
        Datum message = script.builder().structure("started", new Datum.Word(Launch.STARTED), new Datum.Space(4));
        script.call("take the process's id", Call.COMPUTE, Operand.value(pid)).into(message.at(4));
        script.call(
                "report the process",
                Call.WRITE,
                Operand.number(Launcher.STATUS_DESCRIPTOR),
                Operand.address(message),
                Operand.number(message.size()));
        script.call("end the starter", Call.EXIT_GROUP, Flags.NONE);
        script.builder().place(process);
    }
}
