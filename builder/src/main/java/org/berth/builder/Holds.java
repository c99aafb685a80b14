package org.berth.builder;

import java.util.ArrayList;
import java.util.List;

/**
 * The nameless images that one build makes for its steps. They hold the layers made so far; when the
 * build has its image they go, when it fails the last one stays a while, so that the next try finds
 * the layers.
 */
final class Holds {
    private final Retained retained;
    private final List<String> ids = new ArrayList<>();

    Holds(Retained retained) {
        this.retained = retained;
    }

    synchronized void add(String id) {
        ids.add(id);
    }

    /** The build has ended; its image, if any, has its layers. */
    synchronized void end(boolean failed) {
        if (failed && !ids.isEmpty()) {
            retained.keep(ids.removeLast());
        }
        ids.forEach(retained::letGo);
        ids.clear();
        retained.tidy();
    }
}
