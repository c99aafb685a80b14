package org.berth.builder;

import java.util.List;
import java.util.Optional;
import org.berth.image.ImageConfig;

/**
 * A build as steps and what each needs: those that do not need each other are done at the same time. What no step needs
 * is not in it.
 *
 * @param nodes each after those that it needs; a node's number is its place
 * @param result the node whose layers the image has
 * @param config the image's configuration
 * @param others nodes at the end of the other stages
 */
record BuildGraph(List<Node> nodes, int result, ImageConfig config, List<Other> others) {
    BuildGraph {
        nodes = List.copyOf(nodes);
        others = List.copyOf(others);
    }

    /**
     * A step.
     *
     * @param id "2/5", with the stage's name before it where there are several
     * @param below the node whose layers it is done on; empty for one that begins from nothing
     * @param needs all nodes that must be done before, the one below too
     * @param config what the steps before made of the configuration
     */
    record Node(String id, Operation operation, Optional<Integer> below, List<Integer> needs, ImageConfig config) {
        Node {
            needs = List.copyOf(needs);
        }
    }

    /** Another stage's end. */
    record Other(int node, ImageConfig config) {}
}
