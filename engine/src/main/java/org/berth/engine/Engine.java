package org.berth.engine;

import org.berth.image.Images;
import org.berth.network.Networks;

/** One node's engine. Everything it keeps is in the instance's folders; safe for concurrent use. */
public interface Engine extends AutoCloseable {
    Containers containers();

    Images images();

    Networks networks();

    Volumes volumes();

    Events events();

    /**
     * Brings the node to its stored state: networks restored, running containers adopted with what
     * happened to them meanwhile, restart policies applied, remains of others swept.
     */
    void restore();

    /** Lets go of everything without touching what runs. */
    @Override
    void close();
}
