package org.berth.server.docker;

import java.time.InstantSource;
import java.util.concurrent.ScheduledExecutorService;
import org.berth.base.Instance;
import org.berth.builder.Builder;
import org.berth.engine.Engine;
import org.berth.server.http.Routes;

/** The Docker Engine API as routes on an engine. */
public final class DockerApi {
    private DockerApi() {}

    /** Adds every route; what has none answers 501 by its name. */
    public static void register(
            Routes routes,
            Instance instance,
            Engine engine,
            String version,
            InstantSource clock,
            ScheduledExecutorService timer) {
        new SystemEndpoints(instance, engine, version, clock).register(routes);
        new ContainerEndpoints(engine, clock).register(routes);
        new StreamEndpoints(engine).register(routes);
        new ExecEndpoints(engine).register(routes);
        new UsageEndpoints(engine, clock, timer).register(routes);
        new ArchiveEndpoints(engine).register(routes);
        new ImageEndpoints(engine, clock).register(routes);
        new NetworkEndpoints(engine).register(routes);
        new VolumeEndpoints(engine).register(routes);
        new EventEndpoints(engine, clock).register(routes);
    }

    /** Adds the routes by which docker's clients build. */
    public static void registerBuild(Routes routes, Instance instance, Builder builder) {
        new BuildEndpoints(instance, builder).register(routes);
    }
}
