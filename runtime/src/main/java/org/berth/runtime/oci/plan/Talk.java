package org.berth.runtime.oci.plan;

import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Operand;
import org.berth.runtime.plan.Script;

/** The program's side of the talk with the runtime. */
final class Talk {
    private final Script script;
    private final Datum answer;
    private Operand sync = Operand.number(BundleDescriptors.SYNC);

    Talk(Script script) {
        this.script = script;
        this.answer = script.slot("answer");
    }

    /** Says something and waits until the runtime has done its part; gives up when that is gone. */
    void say(SyncMessage message) {
        String label = "tell the runtime: "
                + message.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        String letter = String.valueOf((char) message.letter());
        script.call(label, Call.WRITE, sync, script.text(letter), Operand.number(1));
        script.call(label + ": it has given up", Call.READ, sync, Operand.address(answer), Operand.number(1))
                .failOnZero();
    }

    /** It goes on at another number. */
    void moved(int number) {
        sync = Operand.number(number);
    }

    /** Nothing more is said. */
    void end() {
        script.call("close the talk", Call.CLOSE, sync).ignoreNegative();
    }
}
