package org.berth.builder;

import java.util.Map;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.engine.Engine;
import org.berth.image.Image;

/** Builds images. Safe for concurrent use: one step asked for twice at the same time is done once. */
public final class Builder {
    /**
     * The id of a {@link Progress.Step} whose status is a line that a build step printed; other ids
     * are "STEP/STEPS" and the status says what is done: "RUN apt-get update".
     */
    public static final String OUTPUT = "output";

    private final Instance instance;
    private final Engine engine;
    private final Map<String, String> environment;

    /**
     * @param environment of this process: the package index of pip and the proxies come from it, for
     *     the steps that need them and never into the image
     */
    public Builder(Instance instance, Engine engine, Map<String, String> environment) {
        this.instance = instance;
        this.engine = engine;
        this.environment = Map.copyOf(environment);
    }

    /**
     * Builds an image, or finds it built.
     *
     * @throws org.berth.base.BerthException INVALID with file and line for what is wrong in a Dockerfile,
     *     UNSUPPORTED for an instruction or flag that is not there yet, FAILED with the last lines of a
     *     step that failed
     */
    public Image build(BuildRequest request, Progress progress) {
        throw new UnsupportedOperationException(request + " " + progress + instance + engine + environment);
    }
}
