package org.berth.runtime.plan;

import java.nio.file.Path;
import java.util.List;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Operand;
import org.berth.runtime.ContainerSpec;
import org.berth.runtime.Isolation;
import org.berth.runtime.Isolation.Kind;

/** The process's control groups and namespaces, joined in the order that hides the host. */
public final class Namespaces {
    private static final String JOINED_NAMES = "CLONE_NEWNS|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWNET|CLONE_NEWCGROUP";
    private static final long JOINED =
            Flags.CLONE_NEWNS | Flags.CLONE_NEWUTS | Flags.CLONE_NEWIPC | Flags.CLONE_NEWNET | Flags.CLONE_NEWCGROUP;

    private static final int INTERFACE_FLAGS_SIZE = 40;
    private static final int INTERFACE_NAME_SIZE = 16;
    private static final int UP_AND_RUNNING = 0x41;

    private final Script script;

    public Namespaces(Script script) {
        this.script = script;
    }

    /**
     * Joins each v1 control group by writing 0, which is whoever writes, to its {@code tasks}: this
     * process has one thread, and unlike {@code cgroup.procs} the kernel takes no machine-wide lock for
     * it (cgroup_procs_write_start in kernel/cgroup/cgroup.c). The v2 group was joined at the clone.
     */
    void joinGroups(List<Placement.Group> groups) {
        for (Placement.Group group : groups) {
            if (!group.unified()) {
                String label = "join the cgroup " + group.folder();
                Datum file = script.open(label, group.folder().resolve("tasks").toString(), Flags.WRITE);
                script.call(label, Call.WRITE, Operand.value(file), script.text("0"), Operand.number(1));
            }
        }
    }

    /**
     * Only after the joins: a cgroup namespace is rooted where its maker is, and made at the clone it
     * would show the host's paths.
     */
    void makeGroupNamespace() {
        script.call("make a cgroup namespace", Call.UNSHARE, Operand.named("CLONE_NEWCGROUP", Flags.CLONE_NEWCGROUP));
    }

    /** Joins a network namespace that a file holds; its kind is checked by setns(2). */
    void joinNetwork(Path file) {
        String label = "join the network namespace " + file;
        Datum namespace = script.open(label, file.toString(), Flags.READ);
        script.call(label, Call.SETNS, Operand.value(namespace), Operand.named("CLONE_NEWNET", Flags.CLONE_NEWNET));
    }

    /** Has the children of this process be born in a pid namespace that a file stands for. */
    void joinProcessIds(Path file) {
        String label = "join the pid namespace " + file;
        Datum namespace = script.open(label, file.toString(), Flags.READ);
        script.call(label, Call.SETNS, Operand.value(namespace), Operand.named("CLONE_NEWPID", Flags.CLONE_NEWPID));
        script.close(namespace);
    }

    /** Has the children of this process be born in the pid namespace of another. @param process its pidfd */
    void joinProcessIds(int process) {
        Operand kind = Operand.named("CLONE_NEWPID", Flags.CLONE_NEWPID);
        script.call("join the container's pid namespace", Call.SETNS, Operand.number(process), kind);
    }

    /** Joins the other namespaces of a process at once. @param process its pidfd */
    void join(int process) {
        join(process, Operand.named(JOINED_NAMES, JOINED));
    }

    /** The same with its user namespace, as whose root it goes on. @param process its pidfd */
    void joinWithUsers(int process) {
        join(process, Operand.named(JOINED_NAMES + "|CLONE_NEWUSER", JOINED | Flags.CLONE_NEWUSER));
        becomeRoot();
    }

    /** Joins a user namespace, as whose root it goes on. @param namespace its descriptor */
    void joinUsers(int namespace) {
        Operand kind = Operand.named("CLONE_NEWUSER", Flags.CLONE_NEWUSER);
        script.call("join the user namespace", Call.SETNS, Operand.number(namespace), kind);
        becomeRoot();
    }

    /** What is made from now on belongs to the namespace's root; the host's has no id there. */
    private void becomeRoot() {
        script.call("become group 0 of it", Call.SETRESGID, Flags.NONE, Flags.NONE, Flags.NONE);
        script.call("become user 0 of it", Call.SETRESUID, Flags.NONE, Flags.NONE, Flags.NONE);
        Privileges.hideMemory(script);
    }

    private void join(int process, Operand kinds) {
        script.call("join the container's namespaces", Call.SETNS, Operand.number(process), kinds);
    }

    /** Brings up the loopback interface of a new network namespace (netdevice(7)). */
    public void raiseLoopback() {
        String label = "raise the loopback interface";
        Datum socket = script.slot("socket");
        script.call(
                        label,
                        Call.SOCKET,
                        Operand.named("AF_INET", 2),
                        Operand.named("SOCK_DGRAM|SOCK_CLOEXEC", 0x80002),
                        Flags.NONE)
                .into(socket);
        Datum request = script.builder()
                .structure(
                        "lo up and running",
                        new Datum.Text("lo"),
                        new Datum.Space(INTERFACE_NAME_SIZE - 3),
                        new Datum.Word(UP_AND_RUNNING),
                        new Datum.Space(INTERFACE_FLAGS_SIZE - INTERFACE_NAME_SIZE - 4));
        script.call(
                label,
                Call.IOCTL,
                Operand.value(socket),
                Operand.named("SIOCSIFFLAGS", 0x8914),
                Operand.address(request));
    }

    /** A keyring of its own: the host's session keyring is not inherited (keyrings(7)). */
    public void leaveKeyring() {
        script.call(
                        "join a new session keyring",
                        Call.KEYCTL,
                        Operand.named("KEYCTL_JOIN_SESSION_KEYRING", 1),
                        Flags.NONE)
                .tolerate(org.berth.linux.Errno.ENOSYS);
    }

    void nameHost(String name) {
        int length = name.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        script.call("name the host " + name, Call.SETHOSTNAME, script.text(name), Operand.number(length));
    }

    void nameDomain(String name) {
        int length = name.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        script.call("name the domain " + name, Call.SETDOMAINNAME, script.text(name), Operand.number(length));
    }

    /** Namespaces that the clone makes; the network's is joined or made, the cgroup's made later. */
    static long atClone(ContainerSpec spec) {
        Isolation.Namespaces others =
                spec.isolation().orElse(Isolation.STANDARD).namespaces();
        return Flags.CLONE_NEWNS
                | (others.own(Kind.UTS) ? Flags.CLONE_NEWUTS : 0)
                | (others.own(Kind.IPC) ? Flags.CLONE_NEWIPC : 0)
                | (others.own(Kind.PID) ? Flags.CLONE_NEWPID : 0)
                | (spec.networkNamespace().isPresent() ? 0 : Flags.CLONE_NEWNET);
    }

    /**
     * Namespaces that the clone by a helper makes: all of them belong to the user namespace. The cgroup's too: the
     * helper is in the process's groups already.
     */
    static long atCloneByHelper(ContainerSpec spec) {
        return atClone(spec) | Flags.CLONE_NEWCGROUP;
    }
}
