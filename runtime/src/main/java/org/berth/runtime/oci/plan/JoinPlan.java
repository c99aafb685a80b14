package org.berth.runtime.oci.plan;

import java.util.Optional;
import java.util.Set;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Operand;
import org.berth.runtime.oci.config.LinuxPart;
import org.berth.runtime.oci.config.Namespace.Kind;
import org.berth.runtime.oci.config.OciProcess;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Namespaces;
import org.berth.runtime.plan.Privileges;
import org.berth.runtime.plan.Script;
import org.berth.runtime.plan.WorkingDirectory;

/**
 * One more process of a container: it joins the groups and namespaces of the first one, named by a
 * pidfd, and goes the same way. The status pipe ends when it has executed its program; a failure is
 * told on it.
 *
 * <p>Passed to it: the socket for {@link SyncMessage}s, the pidfd, then what is to be preserved.
 */
public final class JoinPlan {
    /** Passed second: a pidfd of the container's first process. */
    private static final int PROCESS = BundleDescriptors.NEXT;

    private final LinuxPart linux;
    private final OciProcess process;
    private final BundlePlacement placement;
    private final Script script = new Script(LaunchProgram.builder());
    private final Talk talk = new Talk(script);
    private final Ending ending = new Ending(script);

    private JoinPlan(LinuxPart linux, OciProcess process, BundlePlacement placement) {
        this.linux = linux;
        this.process = process;
        this.placement = placement;
    }

    /**
     * The program.
     *
     * @param linux of the container's configuration
     * @param process the one to be added, checked
     * @param placement its FIFOs and facts of mounts are of no meaning here
     */
    public static LaunchProgram of(LinuxPart linux, OciProcess process, BundlePlacement placement) {
        return new JoinPlan(linux, process, placement).write();
    }

    private LaunchProgram write() {
        Starter starter = new Starter(script, talk, linux);
        Settings settings = new Settings(script);
        Rights rights = new Rights(script, process, placement.lastCapability());
        starter.isolate(2 + placement.preserved());
        Privileges.hideMemory(script);
        process.cpuAffinity()
                .flatMap(OciProcess.CpuAffinity::initial)
                .ifPresent(processors -> Rights.bind(script, processors));
        process.oomScoreAdjust()
                .ifPresent(
                        score -> settings.ofProcess("oom_score_adj", Integer.toString(score), placement.privileged()));
        starter.joinGroups(placement.groups());
        if (placement.privileged() && linux.has(Kind.USER)) {
            rights.raiseLimits();
        }
        Optional<Datum> files = settings.labelsFiles(process);
        starter.join(PROCESS);
        starter.cloneProcess(0);
        script.call("lead a session", Call.SETSID);
        talk.say(SyncMessage.NAMESPACES);
        if (placement.newKeyring()) {
            new Namespaces(script).leaveKeyring();
        }
        files.ifPresent(proc -> settings.label(proc, process));
        run(rights);
        ending.reportFailure();
        return script.builder().build();
    }

    private void run(Rights rights) {
        Datum root = script.open("open the root", "/", Flags.FOLDER);
        if (process.terminal()) {
            new Console(script, process, Optional.empty(), root).take(process);
        }
        WorkingDirectory.enterExisting(script, root, process.cwd());
        int mask = process.user().umask().orElse(022);
        script.call("set the file creation mask", Call.UMASK, Operand.named("0" + Integer.toOctalString(mask), mask));
        rights.giveStreams(process.terminal() ? Set.of() : placement.givenStreams());
        rights.schedule();
        linux.personality()
                .ifPresent(personality -> script.call(
                        "set the personality " + personality, Call.PERSONALITY, Operand.number(personality.number())));
        process.cpuAffinity()
                .flatMap(OciProcess.CpuAffinity::last)
                .ifPresent(processors -> Rights.bind(script, processors));
        ending.leave(talk, PROCESS + 1, placement.preserved());
        rights.limit();
        boolean keepsAdmin = placement.filter().isPresent() && !process.noNewPrivileges();
        rights.become(placement.setsGroups(), keepsAdmin);
        Program program =
                new Program(script, process.arguments(), Program.withHome(process.environment(), placement.home()));
        program.find();
        ending.unblockSignals();
        rights.filter(placement.filter(), keepsAdmin, talk);
        talk.say(SyncMessage.READY);
        talk.end();
        program.execute();
    }
}
