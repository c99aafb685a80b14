package org.berth.control;

import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.Project;
import org.berth.compose.ProjectNetwork;
import org.berth.compose.Service;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The controller: a store, and a loop for each project in it. */
final class ProjectController implements Controller {
    private static final Logger LOG = LoggerFactory.getLogger(ProjectController.class);

    private final Store store;
    private final Node node;
    private final Clock clock;
    private final Timing timing;
    private final Map<String, ProjectLoop> loops = new ConcurrentHashMap<>();
    private final ExecutorService executor = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("control-", 0).factory());
    private final AutoCloseable subscription;

    ProjectController(Store store, Node node, Clock clock, Timing timing) {
        this.store = store;
        this.node = node;
        this.clock = clock;
        this.timing = timing;
        this.subscription = node.onChange(this::wake);
    }

    private void wake(String project) {
        ProjectLoop loop = loops.get(project);
        if (loop != null) {
            loop.wake();
        }
    }

    @Override
    public synchronized void start() {
        store.all().forEach(this::begin);
    }

    private ProjectLoop begin(Desired desired) {
        ProjectLoop loop = new ProjectLoop(desired, node, clock, timing, executor, () -> forget(desired.name()));
        loops.put(desired.name(), loop);
        loop.start();
        return loop;
    }

    private synchronized void forget(String project) {
        store.remove(project);
        loops.remove(project);
    }

    @Override
    public synchronized Applied apply(ApplyRequest request) {
        Project project = request.project();
        return apply(request, chosen(project, request.services()));
    }

    @Override
    public synchronized Set<String> neededBy(Project project, String service) {
        if (!project.services().containsKey(service)) {
            throw noService(project, service);
        }
        Set<String> needed = new LinkedHashSet<>(project.withDependencies(List.of(service)));
        needed.remove(service);
        Optional.ofNullable(loops.get(project.name()))
                .map(ProjectLoop::desired)
                .ifPresent(known -> known.project().services().values().stream()
                        .filter(each -> known.replicas(each) > 0)
                        .forEach(each -> needed.remove(each.name())));
        return needed;
    }

    @Override
    public synchronized Applied add(Project project, Set<String> services, Map<String, String> images) {
        return apply(new ApplyRequest(project, images, List.of(), false), services);
    }

    private Applied apply(ApplyRequest request, Set<String> chosen) {
        Project project = request.project();
        Optional<Desired> before =
                Optional.ofNullable(loops.get(project.name())).map(ProjectLoop::desired);
        if (before.filter(desired -> desired.removal().isPresent()).isPresent()) {
            throw new BerthException(
                    ErrorCode.CONFLICT, "project " + project.name() + " is being taken down: wait until it is gone");
        }
        checkImages(project, chosen, request.images());
        Desired wanted = desired(request, chosen, before);
        before.ifPresent(known -> refuseChangedNetworks(known.project(), wanted.project()));
        boolean changed = before.filter(wanted::equals).isEmpty();
        Desired kept =
                changed ? wanted.withRevision(before.map(Desired::revision).orElse(0L) + 1) : wanted;
        if (changed) {
            store.put(kept);
        }
        ProjectLoop loop = loops.get(project.name());
        if (loop == null) {
            begin(kept);
        } else {
            loop.want(kept, chosen);
        }
        return new Applied(kept.revision(), changed);
    }

    /** A network can't change under the tasks that are in it. */
    private static void refuseChangedNetworks(Project before, Project wanted) {
        Map<String, ProjectNetwork> known = new HashMap<>();
        before.networks().values().forEach(network -> known.put(network.name(), network));
        for (ProjectNetwork network : wanted.networks().values()) {
            ProjectNetwork old = known.get(network.name());
            boolean same = old == null
                    || old.internal() == network.internal()
                            && old.subnet().equals(network.subnet())
                            && old.external() == network.external();
            if (!same) {
                throw new BerthException(
                        ErrorCode.CONFLICT,
                        "network " + network.name()
                                + " can't change while tasks are in it: take the project down first, or give it another"
                                + " name");
            }
        }
    }

    /** The services asked for and all they depend on; all of them when none is named. */
    private static Set<String> chosen(Project project, List<String> services) {
        for (String service : services) {
            if (!project.services().containsKey(service)) {
                throw noService(project, service);
            }
        }
        return services.isEmpty() ? project.services().keySet() : project.withDependencies(services);
    }

    private static void checkImages(Project project, Set<String> chosen, Map<String, String> images) {
        for (String service : chosen) {
            if (!images.containsKey(service)) {
                throw new BerthException(
                        ErrorCode.INVALID, "service " + service + " of project " + project.name() + " has no image");
            }
        }
    }

    private Desired desired(ApplyRequest request, Set<String> chosen, Optional<Desired> before) {
        Project asked = request.project();
        Project project = before.map(desired -> merged(desired.project(), asked, chosen))
                .orElseGet(() -> merged(asked, asked, chosen));
        Map<String, Integer> replicas = new HashMap<>();
        Map<String, String> images = new HashMap<>();
        Map<String, Integer> recreations = new HashMap<>();
        for (Service service : project.services().values()) {
            String name = service.name();
            boolean own = chosen.contains(name);
            int recreated = before.map(desired -> desired.recreations().getOrDefault(name, 0))
                    .orElse(0);
            recreations.put(name, recreated + (own && isRecreated(request, name) ? 1 : 0));
            replicas.put(
                    name,
                    own
                            ? service.replicas()
                            : before.map(d -> d.replicas(service)).orElse(service.replicas()));
            images.put(
                    name,
                    own
                            ? request.images().getOrDefault(name, "")
                            : before.map(d -> d.images().getOrDefault(name, "")).orElse(""));
        }
        return new Desired(
                project,
                before.map(Desired::revision).orElse(0L),
                before.map(Desired::created).orElseGet(clock::instant),
                replicas,
                images,
                Secrets.digests(project),
                recreations,
                before.map(Desired::ids).orElseGet(() -> store.idRange(project.name())),
                Optional.empty());
    }

    /** What a service depends on must be there, but nobody asked for it to be replaced. */
    private static boolean isRecreated(ApplyRequest request, String service) {
        return request.recreate()
                && (request.services().isEmpty() || request.services().contains(service));
    }

    /** The chosen services as they are asked for, with those of before that were not chosen. */
    private static Project merged(Project before, Project asked, Set<String> chosen) {
        if (chosen.containsAll(asked.services().keySet())) {
            return asked;
        }
        Map<String, Service> services = new LinkedHashMap<>();
        asked.services().forEach((name, service) -> {
            Service old = before.services().get(name);
            if (chosen.contains(name)) {
                services.put(name, service);
            } else if (old != null && before != asked) {
                services.put(name, old);
            }
        });
        if (before != asked) {
            before.services().forEach(services::putIfAbsent);
        }
        return new Project(
                asked.name(),
                asked.folder(),
                asked.file(),
                services,
                united(before.networks(), asked.networks()),
                united(before.volumes(), asked.volumes()),
                united(before.secrets(), asked.secrets()));
    }

    private static <T> Map<String, T> united(Map<String, T> before, Map<String, T> asked) {
        Map<String, T> all = new LinkedHashMap<>(before);
        all.putAll(asked);
        return all;
    }

    @Override
    public Optional<Project> find(String project) {
        return Optional.ofNullable(loops.get(project))
                .map(loop -> loop.desired().project());
    }

    @Override
    public ProjectStatus status(String project) {
        return loop(project).status();
    }

    @Override
    public List<ProjectStatus> list() {
        return loops.values().stream()
                .map(ProjectLoop::status)
                .sorted(Comparator.comparing(ProjectStatus::name))
                .toList();
    }

    @Override
    public synchronized void scale(String project, Map<String, Integer> replicas) {
        ProjectLoop loop = loop(project);
        Desired before = loop.desired();
        Map<String, Integer> numbers = new HashMap<>(before.replicas());
        replicas.forEach((service, number) -> {
            if (!before.project().services().containsKey(service)) {
                throw noService(before.project(), service);
            }
            if (number < 0 || number > REPLICAS_MAX) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        "replicas of " + service + " must be from 0 to " + REPLICAS_MAX + ", not " + number);
            }
            numbers.put(service, number);
        });
        Desired wanted = before.withReplicas(numbers);
        store.put(wanted);
        loop.want(wanted, replicas.keySet());
    }

    @Override
    public synchronized CompletableFuture<Void> down(String project, boolean volumes, Optional<Duration> grace) {
        ProjectLoop loop = loops.get(project);
        if (loop == null) {
            Desired left = leftovers(project, volumes, grace);
            store.put(left);
            return begin(left).gone();
        }
        Desired before = loop.desired();
        boolean alsoVolumes =
                volumes || before.removal().map(Desired.Removal::volumes).orElse(false);
        Desired wanted = before.withRemoval(new Desired.Removal(alsoVolumes, grace));
        store.put(wanted);
        loop.want(wanted, Set.of());
        return loop.gone();
    }

    /** The removal of what an earlier project left: there is no model of it any more, only its mark on things. */
    private Desired leftovers(String project, boolean volumes, Optional<Duration> grace) {
        NodeObservation seen = node.observe(project);
        boolean more = !seen.tasks().isEmpty()
                || !seen.pastRuns().isEmpty()
                || !seen.oneOffs().isEmpty()
                || !seen.networks().isEmpty();
        if (!more && seen.volumes().isEmpty()) {
            throw noProject(project);
        }
        if (!more && !volumes) {
            throw new BerthException(
                    ErrorCode.NOT_FOUND,
                    "project " + project + " is down already; it left "
                            + (seen.volumes().size() == 1 ? "the volume " : "the volumes ")
                            + String.join(", ", new TreeSet<>(seen.volumes())) + ", which down --volumes removes");
        }
        Project nothing = new Project(project, "", "", Map.of(), Map.of(), Map.of(), Map.of());
        return new Desired(
                nothing,
                1,
                clock.instant(),
                Map.of(),
                Map.of(),
                Map.of(),
                Map.of(),
                store.idRange(project),
                Optional.of(new Desired.Removal(volumes, grace)));
    }

    @Override
    public CompletableFuture<Void> gone(String project) {
        return Optional.ofNullable(loops.get(project))
                .map(ProjectLoop::gone)
                .orElseGet(() -> CompletableFuture.completedFuture(null));
    }

    @Override
    public AutoCloseable watch(String project, Consumer<ProjectStatus> listener) {
        return loop(project).watch(listener);
    }

    @Override
    public TaskSpec oneOffSpec(Project project, String service, String image, String name) {
        Service found = project.services().get(service);
        if (found == null) {
            throw noService(project, service);
        }
        Desired alone = new Desired(
                project,
                0,
                clock.instant(),
                Map.of(),
                Map.of(service, image),
                Map.of(),
                Map.of(),
                store.idRange(project.name()),
                Optional.empty());
        return TaskSpecs.oneOff(alone, found, name);
    }

    @Override
    public void close() {
        try {
            subscription.close();
        } catch (Exception e) {
            LOG.warn("the node's events could not be let go", e);
        }
        loops.values().forEach(ProjectLoop::close);
        executor.shutdown();
    }

    private ProjectLoop loop(String project) {
        ProjectLoop loop = loops.get(project);
        if (loop == null) {
            throw noProject(project);
        }
        return loop;
    }

    private static BerthException noProject(String project) {
        return new BerthException(
                ErrorCode.NOT_FOUND, "no project named " + project + " is up: see berth ps for those there are");
    }

    private static BerthException noService(Project project, String service) {
        return new BerthException(
                ErrorCode.NOT_FOUND,
                "no service " + service + " in project " + project.name() + ": it has "
                        + String.join(", ", project.services().keySet()));
    }
}
