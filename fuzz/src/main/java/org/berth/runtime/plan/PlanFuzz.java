package org.berth.runtime.plan;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.fuzz.Texts;
import org.berth.linux.launch.LaunchEncoder;
import org.berth.runtime.Capabilities;
import org.berth.runtime.ContainerSpec;
import org.berth.runtime.ContainerSpec.MountSpec;
import org.berth.runtime.ContainerSpec.RootFilesystem;
import org.berth.runtime.ProcessSpec;

/** Input, separated by NUL: a mount's target, its options, a working directory, PATH, a program. */
public final class PlanFuzz {
    private static final HostFacts HOST = new HostFacts(6, 18, 40, 2, 1_048_576);
    private static final Path RUN = Path.of("/run/berth/containers/id");

    private PlanFuzz() {}

    /** A plan is refused in our own words, or can be encoded; no path of it climbs. */
    public static void fuzzerTestOneInput(byte[] input) {
        List<String> texts = Texts.split(input, 5);
        try {
            MountSpec mount = new MountSpec.Temporary(texts.get(0), texts.get(1));
            ProcessSpec process = new ProcessSpec(
                    List.of(texts.get(4)),
                    List.of("PATH=" + texts.get(3)),
                    texts.get(2),
                    ProcessSpec.User.ROOT,
                    false,
                    Capabilities.STANDARD);
            RootFilesystem root = new RootFilesystem(List.of(Path.of("/layer")), Path.of("/upper"), Path.of("/work"));
            ContainerSpec spec = ContainerSpec.of("id", root, process)
                    .mounts(List.of(mount))
                    .hostname("box")
                    .build();
            Placement placement =
                    new Placement("berth-fuzz", RUN, RUN.resolve("log"), false, List.of(), Optional.empty());
            LaunchEncoder.encode(ContainerPlan.of(spec, placement, List.of(new PlannedMount(mount, true)), HOST));
        } catch (BerthException e) {
            // refused
        }
        String relative = Script.relative(texts.get(0));
        if (relative.startsWith("/") || List.of(relative.split("/", -1)).contains("..")) {
            throw new IllegalStateException(texts.get(0) + " became " + relative);
        }
    }
}
