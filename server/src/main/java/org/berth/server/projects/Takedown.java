package org.berth.server.projects;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Progress;
import org.berth.control.Controller;
import org.berth.control.ProjectStatus;
import org.berth.control.TaskLabels;
import org.berth.engine.Volumes;
import org.berth.engine.Volumes.Volume;
import org.berth.server.http.Exchange;

/** Takes projects down, and tells what goes. */
final class Takedown {
    private final Controller controller;
    private final Volumes volumes;

    Takedown(Controller controller, Volumes volumes) {
        this.controller = controller;
        this.volumes = volumes;
    }

    /** {@code DELETE /projects/{name}}: what is unknown is said before any stream. */
    void down(Exchange exchange) throws Exception {
        String name = exchange.parameter("name");
        Optional<Duration> grace = exchange.number("timeout").map(Duration::ofSeconds);
        List<String> before = exchange.flag("volumes") ? volumesOf(name) : List.of();
        CompletableFuture<Void> gone = controller.down(name, exchange.flag("volumes"), grace);
        WorkStream.run(exchange, "down " + name, report -> down(name, gone, before, report));
    }

    private Report.Result down(String name, CompletableFuture<Void> gone, List<String> before, Report report)
            throws Exception {
        Map<String, String> told = new HashMap<>();
        try (AutoCloseable watch = watch(name, told, report)) {
            gone.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof BerthException error ? error : e;
        }
        List<String> left = volumesOf(name);
        return Report.Result.down(
                name, before.stream().filter(volume -> !left.contains(volume)).toList());
    }

    /** It may be gone before anybody watches. */
    private AutoCloseable watch(String name, Map<String, String> told, Report report) {
        try {
            return controller.watch(name, status -> tell(status, told, report));
        } catch (BerthException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                return () -> {};
            }
            throw e;
        }
    }

    private static void tell(ProjectStatus status, Map<String, String> told, Report report) {
        for (ProjectStatus.ServiceStatus service : status.services()) {
            String words = service.running() > 0 ? "stopping" : "stopped";
            if (!words.equals(told.put(service.name(), words))) {
                report.progress("stop", service.name()).report(Progress.Step.of("", words));
            }
        }
        if (!status.reason().isEmpty() && !status.reason().equals(told.put("", status.reason()))) {
            report.warning(status.reason());
        }
    }

    private List<String> volumesOf(String project) {
        return volumes.list().stream()
                .filter(volume -> project.equals(volume.labels().get(TaskLabels.PROJECT)))
                .map(Volume::name)
                .sorted()
                .toList();
    }
}
