package org.berth.builder;

import java.net.ProxySelector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.builder.context.IgnoreRules;
import org.berth.builder.context.SourceTree;
import org.berth.builder.dockerfile.Dockerfile;
import org.berth.builder.dockerfile.DockerfileParser;
import org.berth.builder.sbom.BillOfMaterials;
import org.berth.builder.sbom.Component;
import org.berth.builder.sbom.Inventory;
import org.berth.builder.sbom.Provenance;
import org.berth.builder.source.HostFile;
import org.berth.builder.source.SourceDetector;
import org.berth.builder.source.SourcePlan;
import org.berth.builder.source.TreeFolder;
import org.berth.engine.Engine;
import org.berth.image.Image;
import org.berth.image.Images;
import org.berth.image.Reference;
import org.berth.linux.path.InRoot;

/** Builds images. Safe for concurrent use: one step asked for twice at the same time is done once. */
public final class Builder {
    /**
     * The beginning of the id of a {@link Progress.Step} whose status is a line that a build step printed ({@link
     * #printer}); other ids are "STEP/STEPS" and the status says what is done: "RUN apt-get update".
     */
    private static final String OUTPUT = "output ";

    /** The status of a step of an id "STEP/STEPS" that has ended well, when something was to be done for it. */
    public static final String DONE = "done";

    /** The status of one that has failed. */
    public static final String FAILED = "failed";

    /** What the status of a step ends with that had nothing to do. */
    public static final String CACHED = " (cached)";

    /** The id of a {@link Progress.Step} whose status is a warning of the Dockerfile's checks. */
    public static final String WARNING = "warning";

    private static final String DOCKERFILE = "Dockerfile";
    private static final String IGNORE = ".dockerignore";
    private static final Pattern FROM = Pattern.compile("(?i)\\s*FROM\\s+(?:--\\S+\\s+)*([^\\s$]+)(?:\\s.*)?");

    private final Engine engine;
    private final Map<String, String> environment;
    private final Path folder;
    private final StepRunner steps;
    private final LayerMaker layers;
    private final Retained retained;
    private final GraphWork.Tools tools;

    /**
     * @param environment of this process: the package index of pip and the proxies come from it, for
     *     the steps that need them and never into the image
     */
    public Builder(Instance instance, Engine engine, Map<String, String> environment) {
        this.engine = engine;
        this.environment = Map.copyOf(environment);
        this.folder = instance.root().resolve("builder");
        this.retained = new Retained(folder.resolve("retained"), engine);
        this.steps = new StepRunner(engine);
        this.tools = new GraphWork.Tools(
                new CacheFolders(folder.resolve("caches")),
                new Downloads(folder.resolve("downloads"), this::proxies),
                new Repositories(folder.resolve("repositories"), folder.resolve("steps"), this::proxies),
                instance.run().resolve("builder"));
        this.layers = new LayerMaker(engine.images(), steps, folder, InstantSource.system());
    }

    private ProxySelector proxies() {
        return engine.images().registries().proxies();
    }

    /** The id of the step that printed the line which this is; empty when it is none. */
    public static Optional<String> printer(Progress.Step step) {
        return step.id().startsWith(OUTPUT) ? Optional.of(step.id().substring(OUTPUT.length())) : Optional.empty();
    }

    /** A line that a step printed. */
    static Progress.Step printed(String id, String line) {
        return Progress.Step.of(OUTPUT + id, line);
    }

    /**
     * Removes what a daemon that was killed in the middle of a build left, but for the layers that were done. Before the
     * first build.
     */
    public void recover() {
        retained.adopt(steps.removeLeftovers());
        retained.tidy();
        tools.caches().recover();
        Trees.remove(folder.resolve("steps"));
        Trees.remove(tools.memory());
    }

    /**
     * Builds an image, or finds it built. A thread that is interrupted gives up: what it started ends, and the steps that
     * were done are kept.
     *
     * @throws BerthException INVALID with file and line for what is wrong in a Dockerfile, UNSUPPORTED
     *     for an instruction or flag that is not there yet, FAILED with the last lines of a step that
     *     failed
     */
    public Image build(BuildRequest request, Progress progress) {
        List<Reference> tags = request.tags().stream().map(Reference::parse).toList();
        if (!Files.isDirectory(request.context())) {
            throw new BerthException(ErrorCode.INVALID, request.context() + ": a folder to build was expected");
        }
        Optional<Path> dockerfile = dockerfile(request);
        Holds holds = new Holds(retained);
        AtomicBoolean done = new AtomicBoolean();
        try (SourceTree tree = SourceTree.open(request.context(), rules(request, dockerfile))) {
            BuildContext context = new BuildContext(
                    request,
                    tree,
                    engine.images(),
                    layers,
                    holds,
                    environment,
                    HostSettings.Given.NOTHING,
                    BuildCache.of(request.options().cacheFrom(), engine.images(), progress),
                    progress);
            List<BuildState> others = new ArrayList<>();
            BuildState state =
                    dockerfile.isPresent() ? dockerfile(context, dockerfile.get(), others) : folder(context, others);
            Image image = store(state, tags);
            others.forEach(other -> retained.keep(nameless(other).id()));
            done.set(true);
            return image;
        } finally {
            Uninterrupted.run(() -> holds.end(!done.get()));
        }
    }

    private BuildState dockerfile(BuildContext context, Path file, Collection<BuildState> others) {
        String name = context.request().dockerfile().orElse(DOCKERFILE);
        return built(context, name, text(context.request(), file), others);
    }

    /**
     * The Dockerfile that a folder without one is built by.
     *
     * @throws BerthException INVALID or UNSUPPORTED for a folder that shows nothing, or can't be built so
     */
    public SourcePlan explain(BuildRequest request) {
        if (dockerfile(request).isPresent()) {
            throw new BerthException(
                    ErrorCode.CONFLICT, request.context() + " has a Dockerfile already: it is what is built");
        }
        try (SourceTree tree = SourceTree.open(request.context(), rules(request, Optional.empty()))) {
            return plan(request, tree);
        }
    }

    /** The packages in an image. */
    public BillOfMaterials billOfMaterials(Image image) {
        List<Component> components = layers.reading(BuildState.of(image, image.id()), Inventory::of);
        return new BillOfMaterials(
                name(image), image.manifestDigest(), image.config().created(), components);
    }

    /** Where an image that was just built comes from. */
    public Provenance provenance(BuildRequest request, Image image, Instant started, Instant finished) {
        Map<String, String> parameters = new TreeMap<>();
        request.target().ifPresent(target -> parameters.put("target", target));
        Optional<Path> file = dockerfile(request);
        file.ifPresent(path -> parameters.put("dockerfile", path.getFileName().toString()));
        String text = file.map(path -> text(request, path))
                .orElseGet(() -> explain(request).dockerfile());
        return new Provenance(
                name(image),
                image.manifestDigest(),
                parameters,
                request.arguments().keySet(),
                materials(text),
                started,
                finished);
    }

    /** The images of the store that FROM lines name. */
    private Map<String, String> materials(String dockerfile) {
        Map<String, String> materials = new TreeMap<>();
        dockerfile
                .lines()
                .map(FROM::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1))
                .forEach(name ->
                        engine.images().find(name).ifPresent(image -> materials.put(name, image.manifestDigest())));
        return materials;
    }

    private static String name(Image image) {
        return image.names().stream().findFirst().map(Reference::full).orElse(image.id());
    }

    private static SourcePlan plan(BuildRequest request, SourceTree tree) {
        try {
            return SourceDetector.detect(new TreeFolder(tree), request.commandGiven());
        } catch (BerthException e) {
            throw new BerthException(e.code(), request.context() + ": " + e.getMessage(), e);
        }
    }

    private BuildState folder(BuildContext context, Collection<BuildState> others) {
        SourcePlan plan = plan(context.request(), context.tree());
        return built(context, plan.language() + "'s plan", plan.dockerfile(), others);
    }

    /** Builds a Dockerfile; one that asks for settings of this host, as plans do, is given them. */
    private BuildState built(BuildContext context, String name, String text, Collection<BuildState> others) {
        Dockerfile parsed = DockerfileParser.parse(name, text);
        Path staging = folder.resolve("steps").resolve(LayerMaker.snapshotKey());
        try (HostSettings.Given given = HostFile.asked(text).isEmpty()
                ? HostSettings.Given.NOTHING
                : HostSettings.of(environment).give(staging)) {
            DockerfileBuild build = new DockerfileBuild(context.with(given), parsed, tools);
            BuildState state = build.build();
            others.addAll(build.others());
            return state;
        }
    }

    /** Stores the image under its names; an image that had one and is nameless now stays a while. */
    private Image store(BuildState state, List<Reference> tags) {
        Images images = engine.images();
        List<Image> before =
                tags.stream().flatMap(tag -> images.find(tag.full()).stream()).toList();
        Image image = images.create(
                state.config(), state.layers(), state.history(), tags.stream().findFirst());
        tags.stream().skip(1).forEach(tag -> images.tag(image.id(), tag));
        before.stream().filter(old -> !old.id().equals(image.id())).forEach(old -> retained.keep(old.id()));
        return images.find(image.id()).orElse(image);
    }

    private Image nameless(BuildState state) {
        return engine.images().create(state.config(), state.layers(), state.history(), Optional.empty());
    }

    private static Optional<Path> dockerfile(BuildRequest request) {
        Path file = request.context().resolve(request.dockerfile().orElse(DOCKERFILE));
        if (FileOfBuild.of(request, file).isThere()) {
            return Optional.of(file);
        }
        if (request.dockerfile().isPresent()) {
            throw new BerthException(ErrorCode.INVALID, file + ": a Dockerfile was expected there");
        }
        return Optional.empty();
    }

    /** A Dockerfile may have rules of its own beside it, as in Docker. */
    private static IgnoreRules rules(BuildRequest request, Optional<Path> dockerfile) {
        Optional<Path> own = dockerfile.map(file -> file.resolveSibling(file.getFileName() + IGNORE));
        Optional<String> text =
                own.flatMap(file -> FileOfBuild.of(request, file).text());
        if (text.isPresent()) {
            return IgnoreRules.parse(own.map(Path::toString).orElse(IGNORE), text.get());
        }
        try (InRoot root = InRoot.open(request.context())) {
            return root.readText(IGNORE, FileOfBuild.BYTES_MAX)
                    .map(rules -> IgnoreRules.parse(IGNORE, rules))
                    .orElse(IgnoreRules.NONE);
        }
    }

    private static String text(BuildRequest request, Path file) {
        return FileOfBuild.of(request, file)
                .text()
                .orElseThrow(() -> new BerthException(ErrorCode.INVALID, file + ": a Dockerfile was expected there"));
    }
}
