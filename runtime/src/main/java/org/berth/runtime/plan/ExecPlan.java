package org.berth.runtime.plan;

import java.util.Optional;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Launcher;
import org.berth.linux.launch.Operand;
import org.berth.linux.user.UserRange;
import org.berth.runtime.ProcessSpec;

/**
 * The birth of one more process in a container: it joins the groups and namespaces of the first one,
 * named by a pidfd, then goes the same way. The monitor stays outside; only its children are born in
 * the container's pid namespace.
 */
public final class ExecPlan {
    /** Passed first: a pidfd of the container's first process. */
    private static final int PROCESS = Launcher.FIRST_PASSED_DESCRIPTOR;

    /** Passed next: the master side of a new terminal, or standard input; or neither. */
    private static final int NEXT = PROCESS + 1;

    private ExecPlan() {}

    /** The program for a container of the machine's ids. With a terminal its master is passed in place of an input. */
    public static LaunchProgram of(ProcessSpec spec, Placement placement, HostFacts host) {
        return of(spec, placement, host, Optional.empty());
    }

    /** The program. @param users the container's own ids */
    public static LaunchProgram of(ProcessSpec spec, Placement placement, HostFacts host, Optional<UserRange> users) {
        Script script = new Script(LaunchProgram.builder());
        boolean terminal = spec.terminal();
        Optional<Integer> input = placement.input() && !terminal ? Optional.of(NEXT) : Optional.empty();
        Monitor monitor = new Monitor(script, placement, terminal || input.isPresent() ? 2 : 1);
        Streams streams = terminal ? Streams.passedTerminal(script, NEXT) : Streams.pipes(script);
        Namespaces namespaces = new Namespaces(script);
        namespaces.joinProcessIds(PROCESS);
        ProcessSteps process = new ProcessSteps(script, spec, placement, host, monitor, streams, input);
        users.ifPresent(process::giveStreams);
        process.watch(0, true);
        process.loosen();
        namespaces.joinGroups(placement.cgroups());
        if (users.isPresent()) {
            namespaces.joinWithUsers(PROCESS);
        } else {
            namespaces.join(PROCESS);
        }
        namespaces.leaveKeyring();
        script.call("close the container's process", Call.CLOSE, Operand.number(PROCESS));
        process.prepare(script.open("open the root", "/", Flags.FOLDER));
        // not the container's /dev/null: its root may have put anything there
        process.takeStreams(Streams.endedInput(script));
        process.become();
        process.execute();
        return script.builder().build();
    }
}
