package org.berth.engine;

import java.time.Clock;
import java.util.random.RandomGenerator;
import org.berth.base.Instance;
import org.berth.image.Images;
import org.berth.network.Networks;
import org.berth.runtime.ContainerRuntime;

/** What the engine's parts work with. */
record Node(
        Instance instance,
        ContainerRuntime runtime,
        Images images,
        Networks networks,
        LocalVolumes volumes,
        UserRanges users,
        EventLog events,
        LogWatch logs,
        Records records,
        Timer timer,
        Clock clock,
        RandomGenerator random) {}
