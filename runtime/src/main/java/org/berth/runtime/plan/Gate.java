package org.berth.runtime.plan;

import org.berth.linux.launch.Call;
import org.berth.linux.launch.Operand;

/**
 * Where a process that could execute its program waits until all that is made beside its birth is ready: a pipe, from
 * which one byte comes, or its end when nothing will come of it.
 */
final class Gate {
    private final Script script;
    private final int descriptor;

    /** @param descriptor the pipe's read end */
    Gate(Script script, int descriptor) {
        this.script = script;
        this.descriptor = descriptor;
    }

    /** In the monitor, which does not wait. */
    void closeInMonitor() {
        script.call("close the gate", Call.CLOSE, Operand.number(descriptor));
    }

    /** In the process. */
    void pass() {
        script.call(
                        "wait until its network is ready",
                        Call.READ,
                        Operand.number(descriptor),
                        Operand.address(script.slot("word")),
                        Operand.number(1))
                .failOnZero();
    }
}
