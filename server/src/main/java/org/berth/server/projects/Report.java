package org.berth.server.projects;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Progress;

/** Where work says how far it is: the records of a stream but its last. Never blocks, never fails. */
@FunctionalInterface
interface Report {
    /** Takes one record. */
    void send(Record record);

    /** A record of a stream; {@code type} tells which. */
    sealed interface Record {
        String type();
    }

    /** A step of a pull, a build, a stop. */
    record Step(String type, String phase, String subject, String id, String status, long current, long total)
            implements Record {}

    /** A line that the build step of an id printed. */
    record Output(String type, String subject, String id, String text) implements Record {}

    /** A service's state. */
    record ServiceState(String type, String service, String state, int ready, int wanted, String reason)
            implements Record {}

    /** From here on the work goes on without its client. */
    record Settled(String type) implements Record {}

    /** Something worth showing that ends nothing. */
    record Warning(String type, String message) implements Record {}

    /** A line of a task's log. */
    record LogLine(String type, String service, String task, String stream, String time, String text)
            implements Record {}

    /**
     * The last record of work that was done.
     *
     * @param volumes those that went
     */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record Result(
            String type,
            Optional<String> project,
            Optional<String> url,
            Map<String, List<String>> urls,
            Optional<Boolean> unchanged,
            Optional<String> image,
            Optional<String> name,
            Optional<String> folder,
            List<String> volumes)
            implements Record {
        /** A project that is as it was asked for. */
        static Result project(
                String project, Optional<String> url, Map<String, List<String>> urls, Optional<Boolean> unchanged) {
            return new Result(
                    "result",
                    Optional.of(project),
                    url,
                    urls,
                    unchanged,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of());
        }

        /** A project that is down. */
        static Result down(String project, List<String> volumes) {
            return new Result(
                    "result",
                    Optional.of(project),
                    Optional.empty(),
                    Map.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    volumes);
        }

        /** An image that was built. */
        static Result image(String id, String name) {
            return new Result(
                    "result",
                    Optional.empty(),
                    Optional.empty(),
                    Map.of(),
                    Optional.empty(),
                    Optional.of(id),
                    Optional.of(name),
                    Optional.empty(),
                    List.of());
        }

        /** A folder that was written. */
        static Result folder(String folder) {
            return new Result(
                    "result",
                    Optional.empty(),
                    Optional.empty(),
                    Map.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(folder),
                    List.of());
        }
    }

    /** The last record of work that failed. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record Failure(
            String type, ErrorCode code, String message, int exitCode, Optional<String> service, List<String> log)
            implements Record {
        static Failure of(BerthException error, Optional<String> service, List<String> log) {
            return new Failure(
                    "error",
                    error.code(),
                    String.valueOf(error.getMessage()),
                    error.code().exitCode(),
                    service,
                    log);
        }
    }

    default void settled() {
        send(new Settled("settled"));
    }

    default void warning(String message) {
        send(new Warning("warning", message));
    }

    /** A progress whose steps are about a service or an image. */
    default Progress progress(String phase, String subject) {
        return step ->
                send(new Step("progress", phase, subject, step.id(), step.status(), step.current(), step.total()));
    }
}
