package org.berth.builder.dockerfile;

import java.util.List;
import java.util.Optional;

/** One instruction, its words not yet expanded. */
public sealed interface Instruction {
    /** Where it is written. */
    Place place();

    /** As it is written, on one line. */
    String text();

    /** FROM image [AS name]. */
    record From(Place place, String text, String image, Optional<String> name) implements Instruction {}

    /** RUN. */
    record Run(Place place, String text, Invocation command) implements Instruction {}

    /**
     * COPY, and ADD of local files.
     *
     * @param add whether it is ADD
     * @param from a stage's name or number, or an image; empty for the build's own folder
     * @param owner "name", "uid:gid"
     */
    record Copy(
            Place place,
            String text,
            boolean add,
            Optional<String> from,
            Optional<String> owner,
            List<String> sources,
            String target)
            implements Instruction {}

    /** ENV. */
    record Environment(Place place, String text, List<Pair> pairs) implements Instruction {}

    /** LABEL. */
    record Label(Place place, String text, List<Pair> pairs) implements Instruction {}

    /** ARG. */
    record Argument(Place place, String text, List<Declaration> declarations) implements Instruction {}

    /** WORKDIR. */
    record WorkingDirectory(Place place, String text, String path) implements Instruction {}

    /** USER. */
    record User(Place place, String text, String user) implements Instruction {}

    /** EXPOSE. */
    record Expose(Place place, String text, List<String> ports) implements Instruction {}

    /** VOLUME. */
    record Volume(Place place, String text, List<String> paths) implements Instruction {}

    /** CMD. */
    record Command(Place place, String text, Invocation command) implements Instruction {}

    /** ENTRYPOINT. */
    record Entrypoint(Place place, String text, Invocation command) implements Instruction {}

    /** A name and a value. */
    record Pair(String name, String value) {}

    /** An argument's name and the value it has when none is given. */
    record Declaration(String name, Optional<String> standard) {}
}
