package org.berth.runtime.oci.plan;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Operand;
import org.berth.runtime.Capabilities;
import org.berth.runtime.oci.config.CapabilitySets;
import org.berth.runtime.oci.config.CpuList;
import org.berth.runtime.oci.config.MemoryPolicy;
import org.berth.runtime.oci.config.OciProcess;
import org.berth.runtime.oci.config.OciProcess.ResourceLimit;
import org.berth.runtime.oci.config.OciProcess.User;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Privileges;
import org.berth.runtime.plan.Script;

/** What the process may do, and how the kernel treats it. */
final class Rights {
    private static final int CAPABILITY_VERSION_3 = 0x20080522;
    private static final int CAP_SYS_ADMIN = 21;
    private static final int SCHED_ATTR_SIZE = 48;
    private static final int INSTRUCTION_SIZE = 8;
    private static final int NEW_LISTENER = 8;

    /** There is one thread. */
    private static final int TSYNC = 1;

    private static final int IO_CLASS_SHIFT = 13;
    private static final int AFFINITY_SIZE = 1024;

    private final Script script;
    private final OciProcess process;
    private final int lastCapability;

    Rights(Script script, OciProcess process, int lastCapability) {
        this.script = script;
        this.process = process;
        this.lastCapability = lastCapability;
    }

    /**
     * Raises hard limits while the host's rights are there, and nothing else: a low limit would get in
     * the way of what is still to be done.
     */
    void raiseLimits() {
        for (ResourceLimit limit : process.limits()) {
            String label = "raise the limit " + limit.type().key();
            Operand type = Operand.named(limit.type().key(), limit.type().ordinal());
            Datum current = script.builder().space("current " + limit.type().key(), 2 * Long.BYTES);
            script.call(label, Call.PRLIMIT64, Flags.NONE, type, Flags.NONE, Operand.address(current));
            script.builder().set(label, current.at(Long.BYTES), (int) limit.hard());
            script.builder().set(label, current.at(Long.BYTES + 4), (int) (limit.hard() >>> 32));
            script.call(label, Call.PRLIMIT64, Flags.NONE, type, Operand.address(current), Flags.NONE)
                    .ignoreNegative();
        }
    }

    /** Sets the limits. */
    void limit() {
        for (ResourceLimit limit : process.limits()) {
            Datum values = script.builder()
                    .structure(limit.type().key(), new Datum.LongWord(limit.soft()), new Datum.LongWord(limit.hard()));
            script.call(
                    "set the limit " + limit.type().key() + " to " + Long.toUnsignedString(limit.soft()) + ", "
                            + Long.toUnsignedString(limit.hard()),
                    Call.PRLIMIT64,
                    Flags.NONE,
                    Operand.named(limit.type().key(), limit.type().ordinal()),
                    Operand.address(values),
                    Flags.NONE);
        }
    }

    /** A user other than root must be able to open its streams again; where it can't be, it can't. */
    void giveStreams(Set<Integer> streams) {
        if (process.user().uid() == 0) {
            return;
        }
        for (int stream : new TreeSet<>(streams)) {
            script.call(
                            "give the user stream " + stream,
                            Call.FCHOWN,
                            Operand.number(stream),
                            Operand.number(process.user().uid()),
                            Operand.named("same group", 0xffffffffL))
                    .ignoreNegative();
        }
    }

    /** Its scheduling of processor and disk. */
    void schedule() {
        process.scheduler().ifPresent(scheduler -> {
            long flags = 0;
            for (OciProcess.SchedulerFlag flag : scheduler.flags()) {
                flags |= flag.bit();
            }
            Datum attributes = script.builder()
                    .structure(
                            "struct sched_attr",
                            new Datum.Word(SCHED_ATTR_SIZE),
                            new Datum.Word(scheduler.policy().number()),
                            new Datum.LongWord(flags),
                            new Datum.Word(scheduler.nice()),
                            new Datum.Word(scheduler.priority()),
                            new Datum.LongWord(scheduler.runtime()),
                            new Datum.LongWord(scheduler.deadline()),
                            new Datum.LongWord(scheduler.period()));
            script.call(
                    "set the scheduler " + scheduler.policy(),
                    Call.SCHED_SETATTR,
                    Flags.NONE,
                    Operand.address(attributes),
                    Flags.NONE);
        });
        process.ioPriority()
                .ifPresent(priority -> script.call(
                        "set the I/O priority " + priority.ioClass() + " " + priority.priority(),
                        Call.IOPRIO_SET,
                        Operand.named("IOPRIO_WHO_PROCESS", 1),
                        Flags.NONE,
                        Operand.number((long) priority.ioClass().number() << IO_CLASS_SHIFT | priority.priority())));
    }

    /** Where its memory comes from. */
    void place(MemoryPolicy policy) {
        BitSet nodes = policy.nodes();
        String label = "set the memory policy " + policy.mode();
        if (nodes.isEmpty()) {
            script.call(label, Call.SET_MEMPOLICY, Operand.number(policy.number()), Flags.NONE, Flags.NONE);
            return;
        }
        Datum mask = script.builder().structure("memory nodes", words(nodes, nodes.length()));
        // the kernel takes one bit less than it is told (mm/mempolicy.c, get_nodes)
        Operand bits = Operand.number(mask.size() * (long) Byte.SIZE + 1);
        script.call(label, Call.SET_MEMPOLICY, Operand.number(policy.number()), Operand.address(mask), bits);
    }

    /** Where it may run: "0-3,7". */
    static void bind(Script script, String processors) {
        BitSet set = CpuList.parse(processors).orElse(new BitSet());
        Datum mask = script.builder().structure("processors " + processors, words(set, AFFINITY_SIZE));
        script.call(
                "run on the processors " + processors,
                Call.SCHED_SETAFFINITY,
                Flags.NONE,
                Operand.number(mask.size()),
                Operand.address(mask));
    }

    private static List<Datum.Field> words(BitSet set, int bits) {
        long[] longs = set.toLongArray();
        List<Datum.Field> words = new ArrayList<>();
        for (int i = 0; i < (bits + Long.SIZE - 1) / Long.SIZE; i++) {
            words.add(new Datum.LongWord(i < longs.length ? longs[i] : 0));
        }
        return words;
    }

    /**
     * Becomes the user. What is not named is dropped from every set, the bounding one included
     * (youki 3434). The right to load a filter is kept, in the permitted set alone, until it is used.
     *
     * @param setsGroups whether the user namespace allows setgroups(2)
     * @param keepsAdmin whether a filter is still to be loaded without no_new_privs
     */
    void become(boolean setsGroups, boolean keepsAdmin) {
        CapabilitySets sets = process.capabilities();
        for (int number = 0; number <= lastCapability; number++) {
            if (!sets.bounding().contains(number)) {
                script.call(
                        "drop " + Capabilities.name(number),
                        Call.PRCTL,
                        Operand.named("PR_CAPBSET_DROP", 24),
                        Operand.number(number));
            }
        }
        keepCapabilities(true);
        User user = process.user();
        if (setsGroups) {
            setGroups(user.additionalGids());
        }
        Operand gid = Operand.number(user.gid());
        script.call("become group " + user.gid(), Call.SETRESGID, gid, gid, gid);
        Operand uid = Operand.number(user.uid());
        script.call("become user " + user.uid(), Call.SETRESUID, uid, uid, uid);
        keepCapabilities(false);
        setCapabilities(keepsAdmin, false);
        if (!keepsAdmin) {
            raiseAmbient();
        }
        Privileges.hideMemory(script);
        if (process.noNewPrivileges()) {
            script.call(
                    "gain no new privileges",
                    Call.PRCTL,
                    Operand.named("PR_SET_NO_NEW_PRIVS", 38),
                    Operand.number(1),
                    Flags.NONE,
                    Flags.NONE,
                    Flags.NONE);
        }
    }

    private void keepCapabilities(boolean keep) {
        script.call(
                keep ? "keep capabilities when ids change" : "keep no capabilities any more",
                Call.PRCTL,
                Operand.named("PR_SET_KEEPCAPS", 8),
                Operand.number(keep ? 1 : 0));
    }

    private void setGroups(List<Long> groups) {
        List<Datum.Field> ids = new ArrayList<>();
        groups.forEach(id -> ids.add(new Datum.Word((int) (long) id)));
        Operand list =
                ids.isEmpty() ? Flags.NONE : Operand.address(script.builder().structure("groups", ids));
        script.call("take the additional groups", Call.SETGROUPS, Operand.number(ids.size()), list);
    }

    private void setCapabilities(boolean permitAdmin, boolean useAdmin) {
        CapabilitySets sets = process.capabilities();
        long admin = 1L << CAP_SYS_ADMIN;
        long effective = CapabilitySets.mask(sets.effective(), lastCapability) | (useAdmin ? admin : 0);
        long permitted = CapabilitySets.mask(sets.permitted(), lastCapability) | (permitAdmin ? admin : 0);
        long inheritable = CapabilitySets.mask(sets.inheritable(), lastCapability);
        Datum header = script.shared(
                "capability version 3",
                name -> script.builder().structure(name, new Datum.Word(CAPABILITY_VERSION_3), new Datum.Word(0)));
        Datum values = script.builder()
                .structure(
                        "effective, permitted, inheritable",
                        new Datum.Word((int) effective),
                        new Datum.Word((int) permitted),
                        new Datum.Word((int) inheritable),
                        new Datum.Word((int) (effective >>> 32)),
                        new Datum.Word((int) (permitted >>> 32)),
                        new Datum.Word((int) (inheritable >>> 32)));
        script.call("set capabilities", Call.CAPSET, Operand.address(header), Operand.address(values));
    }

    /** Empty but for what is asked for; each must be permitted and inheritable. */
    private void raiseAmbient() {
        Operand ambient = Operand.named("PR_CAP_AMBIENT", 47);
        Set<Integer> numbers = new TreeSet<>(process.capabilities().ambient());
        script.call(
                "clear the ambient capabilities",
                Call.PRCTL,
                ambient,
                Operand.named("PR_CAP_AMBIENT_CLEAR_ALL", 4),
                Flags.NONE,
                Flags.NONE,
                Flags.NONE);
        for (int number : numbers) {
            if (number <= lastCapability) {
                script.call(
                        "raise the ambient " + Capabilities.name(number),
                        Call.PRCTL,
                        ambient,
                        Operand.named("PR_CAP_AMBIENT_RAISE", 2),
                        Operand.number(number),
                        Flags.NONE,
                        Flags.NONE);
            }
        }
    }

    /**
     * Loads the filter. Without no_new_privs that takes CAP_SYS_ADMIN, which is given up after: the
     * fewest calls are made under the filter.
     */
    void filter(Optional<BundlePlacement.Filter> wanted, boolean keptAdmin, Talk talk) {
        if (wanted.isEmpty()) {
            return;
        }
        BundlePlacement.Filter filter = wanted.get();
        if (keptAdmin) {
            setCapabilities(true, true);
        }
        Datum code = script.builder().bytes("seccomp filter", filter.program());
        Datum description = script.builder()
                .structure(
                        "seccomp program",
                        new Datum.Word(filter.program().length / INSTRUCTION_SIZE),
                        new Datum.Word(0),
                        new Datum.Pointer(code.start()));
        Datum listener = script.slot("listener");
        script.call(
                        "filter system calls",
                        Call.SECCOMP,
                        Operand.named("SECCOMP_SET_MODE_FILTER", 1),
                        Operand.number(filter.flags() & ~TSYNC | (filter.notifies() ? NEW_LISTENER : 0)),
                        Operand.address(description))
                .into(listener);
        if (filter.notifies()) {
            script.call(
                    "hold the filter's listener",
                    Call.DUP3,
                    Operand.value(listener),
                    Operand.named("LISTENER", BundleDescriptors.LISTENER),
                    Flags.CLOSE_ON_EXEC);
            script.close(listener);
        }
        if (keptAdmin) {
            setCapabilities(false, false);
            raiseAmbient();
        }
        if (filter.notifies()) {
            talk.say(SyncMessage.LISTENER);
        }
    }
}
