package org.berth.builder.dockerfile;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** One instruction, its words not yet expanded. */
public sealed interface Instruction {
    /** How it is written. */
    Origin origin();

    /** Where it is written. */
    default Place place() {
        return origin().place();
    }

    /** As it is written, on one line; of here-documents the announcement only. */
    default String text() {
        return origin().text();
    }

    /**
     * How an instruction is written.
     *
     * @param keyword in the case of letters it is written in
     * @param text the whole, continued lines joined
     * @param comments the lines of comment before it
     */
    record Origin(Place place, String keyword, String text, List<String> comments) {
        public Origin {
            comments = List.copyOf(comments);
        }
    }

    /** FROM [--platform=platform] image [AS name]; the name in lower case, and as it is written. */
    record From(
            Origin origin, String image, Optional<String> name, Optional<String> nameWritten, Optional<String> platform)
            implements Instruction {}

    /**
     * RUN.
     *
     * @param mounts as they are written, "type=cache,target=/x"; see {@link RunMount}
     */
    record Run(Origin origin, Invocation command, List<String> mounts, RunNetwork network, RunSecurity security)
            implements Instruction {}

    /** What network a RUN has. */
    enum RunNetwork {
        DEFAULT,
        NONE,
        HOST
    }

    /** Whether a RUN has the rights of a container, or all. */
    enum RunSecurity {
        SANDBOX,
        INSECURE
    }

    /**
     * COPY and ADD.
     *
     * @param add whether it is ADD
     * @param sources paths, patterns, and for ADD addresses
     * @param files here-documents among the sources
     */
    record Copy(
            Origin origin, boolean add, CopyFlags flags, List<String> sources, List<HereDocument> files, String target)
            implements Instruction {}

    /**
     * Flags of COPY and ADD.
     *
     * @param from a stage's name or number, or an image; empty for the build's own folder
     * @param owner "name", "uid:gid"
     * @param mode octal or as chmod(1) has it
     * @param link whether it is a layer of its own, whatever lies below
     * @param parents whether the sources' folders are made in the target
     * @param excludes patterns of what is left out
     * @param checksum of what is fetched: "sha256:...", or a commit
     * @param keepGitFolder whether a repository's .git comes along
     * @param unpack whether archives are unpacked; empty: local ones of ADD
     */
    record CopyFlags(
            Optional<String> from,
            Optional<String> owner,
            Optional<String> mode,
            boolean link,
            boolean parents,
            List<String> excludes,
            Optional<String> checksum,
            Optional<Boolean> keepGitFolder,
            Optional<Boolean> unpack) {}

    /** ENV. */
    record Environment(Origin origin, List<Pair> pairs) implements Instruction {}

    /** LABEL. */
    record Label(Origin origin, List<Pair> pairs) implements Instruction {}

    /** ARG. */
    record Argument(Origin origin, List<Declaration> declarations) implements Instruction {}

    /** WORKDIR. */
    record WorkingDirectory(Origin origin, String path) implements Instruction {}

    /** USER. */
    record User(Origin origin, String user) implements Instruction {}

    /** EXPOSE. */
    record Expose(Origin origin, List<String> ports) implements Instruction {}

    /** VOLUME. */
    record Volume(Origin origin, List<String> paths) implements Instruction {}

    /** CMD. */
    record Command(Origin origin, Invocation command) implements Instruction {}

    /** ENTRYPOINT. */
    record Entrypoint(Origin origin, Invocation command) implements Instruction {}

    /**
     * HEALTHCHECK. Durations are zero where they are left to the engine, as is the number of retries.
     *
     * @param probe empty: NONE, no check whatever the base image has
     */
    record HealthCheck(
            Origin origin,
            Optional<Invocation> probe,
            Duration interval,
            Duration timeout,
            Duration startPeriod,
            Duration startInterval,
            int retries)
            implements Instruction {}

    /** SHELL: what runs lines that are no lists. */
    record Shell(Origin origin, List<String> words) implements Instruction {}

    /** STOPSIGNAL. */
    record StopSignal(Origin origin, String signal) implements Instruction {}

    /** MAINTAINER, which LABEL took the place of. */
    record Maintainer(Origin origin, String name) implements Instruction {}

    /**
     * ONBUILD: an instruction for images that are built on this one.
     *
     * @param trigger the instruction with its here-documents, as the image keeps it
     */
    record OnBuild(Origin origin, String trigger, Instruction instruction) implements Instruction {}

    /** A name and a value; {@code old} when they are written "name value". */
    record Pair(String name, String value, boolean old) {
        public Pair(String name, String value) {
            this(name, value, false);
        }
    }

    /** An argument's name and the value it has when none is given. */
    record Declaration(String name, Optional<String> standard) {}
}
