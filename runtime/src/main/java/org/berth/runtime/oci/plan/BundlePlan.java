package org.berth.runtime.oci.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Operand;
import org.berth.runtime.oci.config.LinuxPart;
import org.berth.runtime.oci.config.Mount;
import org.berth.runtime.oci.config.Namespace.Kind;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.config.OciProcess;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Namespaces;
import org.berth.runtime.plan.Privileges;
import org.berth.runtime.plan.Script;
import org.berth.runtime.plan.WorkingDirectory;

/**
 * A bundle's container, from the spawn to the program. Its order, and where it binds: what takes the
 * host's rights goes before the user namespace; sources are opened while paths lead into the host's
 * tree, targets in the root by descriptor; settings are written before anything of the image can be
 * seen; the filter and the capabilities go last.
 *
 * <p>The program talks with the runtime by {@link SyncMessage}s on the first descriptor passed to it.
 */
public final class BundlePlan {
    /** What podman's {@code --group-add keep-groups} asks for. */
    private static final String KEEP_GROUPS = "run.oci.keep_original_groups";

    private final OciConfig config;
    private final OciProcess process;
    private final LinuxPart linux;
    private final BundlePlacement placement;
    private final Script script = new Script(LaunchProgram.builder());
    private final Talk talk = new Talk(script);
    private final Starter starter;
    private final Settings settings = new Settings(script);
    private final Ending ending = new Ending(script);
    private final BundleMounts mounts;
    private final BundleDevices devices;
    private final BundleRoot roots;
    private final Rights rights;

    private BundlePlan(OciConfig config, OciProcess process, BundlePlacement placement) {
        this.config = config;
        this.process = process;
        this.linux = config.linux();
        this.placement = placement;
        this.starter = new Starter(script, talk, linux);
        this.mounts = new BundleMounts(script, config, placement);
        this.devices = new BundleDevices(script, config, placement.privileged());
        this.roots = new BundleRoot(script, linux.rootfsPropagation());
        this.rights = new Rights(script, process, placement.lastCapability());
    }

    /**
     * The program that makes a container and waits for its start.
     *
     * @param config checked by {@link org.berth.runtime.oci.config.Validation}; has a process
     */
    public static LaunchProgram of(OciConfig config, BundlePlacement placement) {
        return new BundlePlan(config, config.process().orElseThrow(), placement).write();
    }

    private LaunchProgram write() {
        starter.isolate(1 + placement.preserved() + placement.idMaps().size());
        process.oomScoreAdjust()
                .ifPresent(
                        score -> settings.ofProcess("oom_score_adj", Integer.toString(score), placement.privileged()));
        starter.hold("the FIFO to wait at", placement.waitFifo().toString(), BundleDescriptors.WAIT);
        starter.hold("the FIFO for results", placement.resultFifo().toString(), BundleDescriptors.RESULT);
        starter.joinGroups(placement.groups());
        boolean early = placement.privileged() && linux.has(Kind.USER) && linux.has(Kind.MOUNT);
        Optional<Datum> root = early ? Optional.of(copySources(true)) : Optional.empty();
        if (placement.privileged() && linux.has(Kind.USER)) {
            rights.raiseLimits();
        }
        starter.enterNamespaces();
        Privileges.hideMemory(script);
        starter.cloneProcess(starter.madeAtClone());
        setUp(root);
        run();
        ending.reportFailure();
        return script.builder().build();
    }

    private Datum copySources(boolean cutOff) {
        Datum root = roots.copy(placement.root().toString());
        mounts.copySources(cutOff);
        boolean known = !linux.uidMappings().isEmpty() && !linux.gidMappings().isEmpty();
        devices.prepare(cutOff && known && placement.copiesDetachedMounts());
        return root;
    }

    /** The namespaces' content. */
    private void setUp(Optional<Datum> copied) {
        script.call("lead a session", Call.SETSID);
        talk.say(SyncMessage.NAMESPACES);
        if (placement.newKeyring()) {
            new Namespaces(script).leaveKeyring();
        }
        settings.write(config);
        label("apparmor/exec", process.apparmorProfile().map(profile -> "exec " + profile));
        label("exec", process.selinuxLabel());
        script.call("make files as asked", Call.UMASK, Flags.NONE);
        if (!linux.has(Kind.MOUNT)) {
            talk.say(SyncMessage.MOUNTED);
            String label = "enter the root";
            roots.changeRoot(label, script.open(label, placement.root().toString(), Flags.FOLDER));
            return;
        }
        roots.cutOff();
        Datum root = copied.orElseGet(() -> copySources(false));
        fill(root);
    }

    private void label(String file, Optional<String> value) {
        value.ifPresent(text -> settings.ofProcess("attr/" + file, text, true));
    }

    private void fill(Datum root) {
        roots.attach(root);
        Places places = new Places(root);
        mounts.attach(places);
        devices.make(places);
        Optional<Console> console = process.terminal()
                ? Optional.of(new Console(script, process, mounts.terminals(), root))
                : Optional.empty();
        console.ifPresent(one -> one.attach(places));
        talk.say(SyncMessage.MOUNTED);
        HiddenPaths hidden = new HiddenPaths(script, places);
        hidden.makeReadOnly(linux.readonlyPaths());
        hidden.mask(linux.maskedPaths());
        mounts.finish();
        if (placement.pivot()) {
            roots.enter(root);
        } else {
            roots.enterWithoutPivot(root);
        }
        console.ifPresent(one -> one.take(process));
        WorkingDirectory.enter(script, root, process.cwd());
        if (config.root().filter(OciConfig.Root::readonly).isPresent()) {
            Attributes.change(script, "make the root read-only", root, Flags.MOUNT_READ_ONLY, 0, false);
        }
    }

    /** The process itself. */
    private void run() {
        int mask = process.user().umask().orElse(022);
        script.call("set the file creation mask", Call.UMASK, Operand.named("0" + Integer.toOctalString(mask), mask));
        if (!linux.has(Kind.MOUNT)) {
            script.call("change to the working directory " + process.cwd(), Call.CHDIR, script.text(process.cwd()));
        }
        rights.giveStreams(process.terminal() ? Set.of() : placement.givenStreams());
        rights.schedule();
        linux.memoryPolicy().ifPresent(rights::place);
        linux.personality()
                .ifPresent(personality -> script.call(
                        "set the personality " + personality, Call.PERSONALITY, Operand.number(personality.number())));
        ending.leave(talk, BundleDescriptors.NEXT, placement.preserved());
        rights.limit();
        boolean keepsAdmin = placement.filter().isPresent() && !process.noNewPrivileges();
        rights.become(placement.setsGroups() && !keepsGroups(config), keepsAdmin);
        Program program =
                new Program(script, process.arguments(), Program.withHome(process.environment(), placement.home()));
        program.find();
        ending.unblockSignals();
        rights.filter(placement.filter(), keepsAdmin, talk);
        talk.say(SyncMessage.READY);
        talk.end();
        ending.reportTo(BundleDescriptors.RESULT);
        ending.await();
        program.execute();
    }

    /** Whether its process has the runtime's additional groups. */
    static boolean keepsGroups(OciConfig config) {
        return "1".equals(config.annotations().get(KEEP_GROUPS));
    }

    /** The user namespaces that id-mapped mounts need, in the order in which they are to be passed. */
    public static List<Integer> idMapped(OciConfig config) {
        List<Integer> indexes = new ArrayList<>();
        for (int i = 0; i < config.mounts().size(); i++) {
            Mount mount = config.mounts().get(i);
            if (mount.options().idMap().isPresent() || !mount.uidMappings().isEmpty()) {
                indexes.add(i);
            }
        }
        return indexes;
    }
}
