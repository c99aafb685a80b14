package org.berth.server.node;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.Jail.Peer;
import org.berth.control.TaskLabels;
import org.berth.engine.ContainerState;

/**
 * The containers whose namespaces a task's container joins. Which one of a service's: that with the task's own number
 * where it runs, else the first that does. Pure.
 *
 * @param all the node's containers
 */
record Peers(String project, int number, List<ContainerState> all) {
    Peers {
        all = List.copyOf(all);
    }

    /** A container's id or name. @throws BerthException UNAVAILABLE when no task of the service runs */
    String container(Peer peer) {
        return peer.service() ? task(peer.name()) : peer.name();
    }

    private String task(String service) {
        return all.stream()
                .filter(state -> Observations.belongsTo(project, state)
                        && Observations.kind(state) == Observations.Kind.TASK
                        && state.status() == ContainerState.Status.RUNNING
                        && service.equals(state.request().labels().get(TaskLabels.SERVICE)))
                .min(Comparator.comparing((ContainerState state) -> numberOf(state) != number)
                        .thenComparing(Peers::numberOf))
                .map(ContainerState::id)
                .orElseThrow(() -> new BerthException(
                        ErrorCode.UNAVAILABLE,
                        "no task of service " + service + " runs, whose namespace is to be joined"));
    }

    private static int numberOf(ContainerState state) {
        String number = state.request().labels().get(TaskLabels.NUMBER);
        return Integer.parseInt(Objects.requireNonNullElse(number, "0"));
    }
}
