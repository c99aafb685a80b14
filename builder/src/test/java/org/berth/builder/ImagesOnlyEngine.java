package org.berth.builder;

import org.berth.engine.Containers;
import org.berth.engine.Engine;
import org.berth.engine.Events;
import org.berth.engine.Volumes;
import org.berth.image.Images;
import org.berth.network.Networks;

/** An engine for builds that run nothing: the real image store, and no containers. */
record ImagesOnlyEngine(Images images) implements Engine {
    @Override
    public Containers containers() {
        throw new AssertionError("nothing is run here");
    }

    @Override
    public Networks networks() {
        throw new AssertionError("nothing is run here");
    }

    @Override
    public Volumes volumes() {
        throw new AssertionError("nothing is run here");
    }

    @Override
    public Events events() {
        throw new AssertionError("nothing is run here");
    }

    @Override
    public void restore() {}

    @Override
    public void close() {}
}
