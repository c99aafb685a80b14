package org.berth.builder;

import java.util.ArrayList;
import java.util.List;
import org.berth.base.BerthException;
import org.berth.image.Images;

/**
 * The nameless images that one build makes for its steps. They hold the layers made so far; when the
 * build has its image they go, when it fails the last one stays a while, so that the next try finds
 * the layers.
 */
final class Holds {
    private final Images images;
    private final Retained retained;
    private final List<String> ids = new ArrayList<>();

    Holds(Images images, Retained retained) {
        this.images = images;
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
        for (String id : ids) {
            remove(id);
        }
        ids.clear();
    }

    private void remove(String id) {
        try {
            images.remove(id, false);
        } catch (BerthException e) {
            retained.keep(id); // in use for some reason: another time
        }
    }
}
