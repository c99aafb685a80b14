package org.berth.runtime.oci.lifecycle;

import java.time.Clock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.berth.linux.launch.LaunchProgram;

/**
 * What the operations stand on.
 *
 * @param warn takes what went wrong without making an operation fail
 * @param change what becomes of each container's launch program before it runs: tests have steps fail
 */
public record Environment(StateStore store, Clock clock, Consumer<String> warn, UnaryOperator<LaunchProgram> change) {
    /** The real one. */
    public static Environment of(StateStore store, Consumer<String> warn) {
        return new Environment(store, Clock.systemUTC(), warn, UnaryOperator.identity());
    }
}
