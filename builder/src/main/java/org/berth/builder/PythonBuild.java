package org.berth.builder;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.berth.builder.BuildContext.Counter;
import org.berth.builder.source.PipSettings;
import org.berth.builder.source.PythonPlan;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.image.Reference;

/** A plain folder with requirements.txt, by its plan. */
final class PythonBuild {
    private static final String UNSATISFIED = "unsatisfied-requirement: ";
    private static final int STEPS = 4;

    private final BuildContext context;
    private final PythonPlan plan;
    private final PipSettings pip;
    private final Path staging;
    private final Counter counter = new Counter("", STEPS);

    /**
     * @param staging a folder that does not exist yet: what the steps are given lies in it meanwhile
     */
    PythonBuild(BuildContext context, PythonPlan plan, PipSettings pip, Path staging) {
        this.context = context;
        this.plan = plan;
        this.pip = pip;
        this.staging = staging;
    }

    BuildState build() {
        context.manner(counter.next()).say("FROM " + PythonPlan.BASE);
        BuildState state = BuildState.of(
                context.images().obtain(Reference.parse(PythonPlan.BASE), context.progress()), PythonPlan.BASE);
        state = packages(state);
        state = state.with(new ConfigEditor(state.config())
                .environment("PATH", PythonPlan.ENVIRONMENT_FOLDER + "/bin:" + path(state))
                .environment("VIRTUAL_ENV", PythonPlan.ENVIRONMENT_FOLDER)
                .environment("PYTHONUNBUFFERED", "1")
                .workingDirectory(PythonPlan.SOURCE_FOLDER)
                .config());
        state = environment(state);
        state = source(state);
        return state.with(new ConfigEditor(state.config())
                .command(plan.start().orElse(List.of()))
                .config());
    }

    private BuildState packages(BuildState state) {
        RunStep step = new RunStep(
                place("apt.txt"),
                "apt-get install " + String.join(" ", plan.packages()),
                List.of("/bin/sh", "-c", plan.packagesCommand()),
                Map.of("DEBIAN_FRONTEND", "noninteractive"),
                PipSettings.proxies(context.environment()),
                List.of(),
                List.of(),
                RunStep.Explanation.NONE);
        return context.layers().run(state, step, context.manner(counter.next()));
    }

    private BuildState environment(BuildState state) {
        List<String> inputs = new ArrayList<>();
        plan.requirements().forEach((path, text) -> {
            inputs.add(path);
            inputs.add(text);
        });
        try {
            stage();
            RunStep step = new RunStep(
                    place(PythonPlan.REQUIREMENTS),
                    "pip install -r " + PythonPlan.REQUIREMENTS,
                    List.of("/bin/sh", "-c", PythonPlan.environmentCommand()),
                    Map.of(),
                    pip.environment(),
                    inputs,
                    mounts(),
                    PythonBuild::explain);
            return context.layers().run(state, step, context.manner(counter.next()));
        } finally {
            unstage();
        }
    }

    private BuildState source(BuildState state) {
        List<String> all = context.tree().resolve(".");
        CopyStep step = new CopyStep(
                context.request().context().toString(),
                "COPY . " + PythonPlan.SOURCE_FOLDER,
                context.tree(),
                context.tree().digest(all),
                all,
                PythonPlan.SOURCE_FOLDER + "/",
                Optional.empty(),
                false);
        return context.layers().copy(state, step, context.manner(counter.next()));
    }

    /** Names each requirement that nothing satisfies. */
    private static Optional<String> explain(List<String> lines) {
        List<String> missing = lines.stream()
                .filter(line -> line.startsWith(UNSATISFIED))
                .map(line -> line.substring(UNSATISFIED.length()))
                .distinct()
                .toList();
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of("neither Debian's packages nor the package index satisfy " + String.join(", ", missing)
                + "; list the Debian packages that have them in apt.txt (such as python3-NAME),"
                + " or set an index that pip reaches, such as PIP_INDEX_URL");
    }

    /** One folder, read-only in the step; folders of packages are mounted into it. */
    private List<Mount> mounts() {
        List<Mount> mounts = new ArrayList<>();
        mounts.add(new Mount.Bind(staging, PythonPlan.GIVEN_FOLDER, true));
        pip.folders()
                .forEach((name, folder) ->
                        mounts.add(new Mount.Bind(folder, PythonPlan.GIVEN_FOLDER + "/" + name, true)));
        return mounts;
    }

    private void stage() {
        try {
            for (Map.Entry<String, String> file : plan.requirements().entrySet()) {
                Path path = staging.resolve(file.getKey());
                Files.createDirectories(Objects.requireNonNull(path.getParent()));
                Files.writeString(path, file.getValue());
            }
            for (String name : pip.folders().keySet()) {
                Files.createDirectories(staging.resolve(name));
            }
            try (InputStream script = Objects.requireNonNull(PythonBuild.class.getResourceAsStream("unsatisfied.py"))) {
                Files.write(staging.resolve("unsatisfied.py"), script.readAllBytes());
            }
            if (pip.certificates().isPresent()) {
                Files.copy(pip.certificates().get(), staging.resolve(PipSettings.certificatesName()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("prepare " + staging + ": " + e.getMessage(), e);
        }
    }

    private void unstage() {
        if (!Files.exists(staging)) {
            return;
        }
        try (Stream<Path> files = Files.walk(staging)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("remove " + staging, e);
        }
    }

    private String place(String file) {
        return context.request().context().resolve(file).toString();
    }

    private static String path(BuildState state) {
        return state.environment().getOrDefault("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    }
}
