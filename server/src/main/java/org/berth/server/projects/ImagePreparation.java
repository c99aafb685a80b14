package org.berth.server.projects;

import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
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
import org.berth.builder.source.SourcePlan;
import org.berth.compose.Build;
import org.berth.compose.Dependency;
import org.berth.compose.Project;
import org.berth.compose.Service;
import org.berth.engine.ImageChecks;
import org.berth.image.Image;
import org.berth.image.Images;
import org.berth.image.Reference;

/** Makes the images that a project's services need, at the same time: built, or obtained. */
final class ImagePreparation {
    private final Images images;
    private final Builder builder;
    private final BuildDocuments documents;

    ImagePreparation(Images images, Builder builder, BuildDocuments documents) {
        this.images = images;
        this.builder = builder;
        this.documents = documents;
    }

    /** Service's name to its image's id, for these services. */
    Map<String, String> prepare(Project project, Set<String> services, UpRequest.Options options, Report report)
            throws InterruptedException {
        Map<String, Future<Image>> made = new LinkedHashMap<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (String name : services) {
                Service service = Objects.requireNonNull(project.services().get(name), name);
                Callable<Image> work = () -> image(project, service, options, report);
                made.put(name, threads.submit(work));
            }
            Map<String, String> ids = new LinkedHashMap<>();
            for (Map.Entry<String, Future<Image>> entry : made.entrySet()) {
                Image image = result(entry.getKey(), entry.getValue(), threads);
                requireHealth(project, entry.getKey(), image);
                ids.put(entry.getKey(), image.id());
            }
            return ids;
        }
    }

    /** Where others wait for a service to be healthy, it or its image must say what that is. */
    private static void requireHealth(Project project, String name, Image image) {
        boolean checked = Objects.requireNonNull(project.services().get(name), name)
                        .healthCheck()
                        .isPresent()
                || isChecked(image);
        Dependency wait = new Dependency(name, Dependency.Condition.HEALTHY);
        project.services().values().stream()
                .filter(other -> !checked && other.dependsOn().contains(wait))
                .findFirst()
                .ifPresent(other -> {
                    throw new BerthException(
                            ErrorCode.INVALID,
                            "service '" + other.name() + "' waits for '" + name
                                    + "' to be healthy, but neither that nor its image has a health check: give it a"
                                    + " 'healthcheck'");
                });
    }

    private static boolean isChecked(Image image) {
        return image.config().health().flatMap(ImageChecks::of).isPresent();
    }

    /** The project once its images are there: a service that says nothing is kept where its image has a health check. */
    Project settled(Project project) {
        return project.settled(service ->
                existing(project, service).filter(ImagePreparation::isChecked).isPresent());
    }

    /** The first failure ends the others, and so does an interrupt: nobody waits for them. */
    private static Image result(String service, Future<Image> future, ExecutorService threads)
            throws InterruptedException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            threads.shutdownNow();
            throw e;
        } catch (ExecutionException e) {
            threads.shutdownNow();
            if (e.getCause() instanceof BerthException error) {
                String words = "image of service " + service + ": " + error.getMessage();
                throw new ServiceFailure(new BerthException(error.code(), words, error), service, List.of());
            }
            throw new IllegalStateException("image of service " + service + ": " + e.getCause(), e);
        }
    }

    private Image image(Project project, Service service, UpRequest.Options options, Report report) {
        String name = project.imageName(service);
        if (service.build().isPresent() && !options.noBuild()) {
            BuildRequest request = request(project, service, service.build().get());
            Instant started = Instant.now();
            Image image = build(request, service.name(), report);
            documents.attach(options.documents(), request, image, started);
            return image;
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

    /** The image that a service needs, where the store has it. */
    Optional<Image> existing(Project project, Service service) {
        return images.find(project.imageName(service));
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

    /** The Dockerfile that a source folder is built by. */
    SourcePlan explain(BuildRequest request) {
        return builder.explain(request);
    }

    /** Builds, and tells what its steps do and print; what goes wrong has the path of its place. */
    Image build(BuildRequest request, String subject, Report report) {
        Progress steps = report.progress("build", subject);
        try {
            return builder.build(request, step -> {
                Optional<String> printer = Builder.printer(step);
                if (printer.isPresent()) {
                    report.send(new Report.Output("output", subject, printer.get(), step.status()));
                } else if (step.id().equals(Builder.WARNING)) {
                    report.send(new Report.Warning("warning", step.status()));
                } else {
                    steps.report(step);
                }
            });
        } catch (BerthException e) {
            throw new BerthException(e.code(), placed(request, String.valueOf(e.getMessage())), e);
        }
    }

    /** "Dockerfile:2: ..." is the same words for every folder. */
    private static String placed(BuildRequest request, String message) {
        String folder = request.context().toString();
        if (message.startsWith(folder)) {
            return message;
        }
        return message.startsWith(request.dockerfile().orElse("Dockerfile") + ":")
                ? folder + "/" + message
                : folder + ": " + message;
    }
}
