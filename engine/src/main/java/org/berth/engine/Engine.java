package org.berth.engine;

import java.util.List;
import org.berth.image.Images;
import org.berth.network.Networks;

/** One node's engine. Everything it keeps is in the instance's folders; safe for concurrent use. */
public interface Engine extends AutoCloseable {
    Containers containers();

    Images images();

    Networks networks();

    Volumes volumes();

    Events events();

    /** What of this machine is not as it should be, each a sentence for people. */
    default List<String> warnings() {
        return networks().warnings();
    }

    /**
     * Brings the node to its stored state: networks restored, running containers adopted with what
     * happened to them meanwhile, restart policies applied, remains of others swept.
     */
    void restore();

    /** Lets go of everything without touching what runs. */
    @Override
    void close();
}
