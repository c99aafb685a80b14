package org.berth.server.projects;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Progress;
import org.berth.builder.BuildRequest;
import org.berth.builder.Builder;
import org.berth.compose.Build;
import org.berth.compose.Dependency;
import org.berth.compose.Project;
import org.berth.compose.Service;
import org.berth.image.Image;
import org.berth.image.Images;
import org.berth.image.Reference;

/** Makes the images that a project's services need, at the same time: built, or obtained. */
final class ImagePreparation {
    private final Images images;
    private final Builder builder;

    ImagePreparation(Images images, Builder builder) {
        this.images = images;
        this.builder = builder;
    }

    /** Service's name to its image's id, for the services asked for and what they depend on. */
    Map<String, String> prepare(Project project, UpRequest.Options options, Report report) throws InterruptedException {
        Map<String, Future<Image>> made = new LinkedHashMap<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (String name : withDependencies(project, options.services())) {
                Service service = Objects.requireNonNull(project.services().get(name), name);
                Callable<Image> work = () -> image(project, service, options, report);
                made.put(name, threads.submit(work));
            }
            Map<String, String> ids = new LinkedHashMap<>();
            for (Map.Entry<String, Future<Image>> entry : made.entrySet()) {
                ids.put(
                        entry.getKey(),
                        result(entry.getKey(), entry.getValue(), threads).id());
            }
            return ids;
        }
    }

    /** The first failure ends the others: nobody waits for them. */
    private static Image result(String service, Future<Image> future, ExecutorService threads)
            throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            threads.shutdownNow();
            if (e.getCause() instanceof BerthException error) {
                throw new ServiceFailure(error, service, List.of());
            }
            throw new IllegalStateException("image of service " + service + ": " + e.getCause(), e);
        }
    }

    /** Services asked for and, before each, what it depends on; all when none is asked for. Pure. */
    static Set<String> withDependencies(Project project, List<String> asked) {
        if (asked.isEmpty()) {
            return project.services().keySet();
        }
        Set<String> closure = new LinkedHashSet<>();
        List<String> open = new ArrayList<>(asked);
        while (!open.isEmpty()) {
            String next = open.removeLast();
            Service service = project.services().get(next);
            if (service != null && closure.add(next)) {
                service.dependsOn().stream().map(Dependency::service).forEach(open::add);
            }
        }
        return closure;
    }

    private Image image(Project project, Service service, UpRequest.Options options, Report report) {
        String name = project.imageName(service);
        if (service.build().isPresent() && !options.noBuild()) {
            return build(request(project, service, service.build().get()), service.name(), report);
        }
        if (service.build().isPresent()) {
            return images.find(name)
                    .orElseThrow(() -> new BerthException(
                            ErrorCode.NOT_FOUND,
                            "image " + name + " of service " + service.name()
                                    + " is not built yet: bring the project up without --no-build"));
        }
        return obtain(Reference.parse(name), options.pull(), report.progress("pull", service.name()));
    }

    private Image obtain(Reference reference, boolean pull, Progress progress) {
        return pull ? images.pull(reference, progress) : images.obtain(reference, progress);
    }

    /** The image that a service needs, where it is there or can be pulled; it is not built. */
    Image existing(Project project, Service service) {
        String name = project.imageName(service);
        Optional<Image> found = images.find(name);
        if (found.isPresent()) {
            return found.get();
        }
        if (service.build().isPresent()) {
            throw new BerthException(
                    ErrorCode.NOT_FOUND,
                    "image " + name + " of service " + service.name() + " is not built yet: run berth build");
        }
        return images.obtain(Reference.parse(name), Progress.SILENT);
    }

    private static BuildRequest request(Project project, Service service, Build build) {
        return new BuildRequest(
                Path.of(build.context()),
                build.dockerfile(),
                build.target(),
                build.arguments(),
                List.of(project.imageName(service)),
                false,
                service.command().isPresent() || service.entrypoint().isPresent());
    }

    /** Builds, and tells what its steps do and print. */
    Image build(BuildRequest request, String subject, Report report) {
        Progress steps = report.progress("build", subject);
        return builder.build(request, step -> {
            if (step.id().equals(Builder.OUTPUT)) {
                report.send(new Report.Output("output", subject, step.status()));
            } else {
                steps.report(step);
            }
        });
    }
}
