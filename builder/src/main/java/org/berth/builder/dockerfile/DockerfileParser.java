package org.berth.builder.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads a Dockerfile (Docker's reference, "Dockerfile reference", and BuildKit's frontend for what that leaves open).
 * What of the language is not here is refused by its name, never passed over.
 */
public final class DockerfileParser {
    private static final int STAGES_MAX = 100;
    private static final int INSTRUCTIONS_MAX = 2000;

    private DockerfileParser() {}

    /**
     * Reads a Dockerfile.
     *
     * @param file its name, for errors
     */
    public static Dockerfile parse(String file, String content) {
        SourceText text = new SourceText(file, content);
        Directives directives = Directives.read(text);
        if (!directives.isOurLanguage()) {
            throw text.place(1, 1)
                    .unsupported(
                            "syntax=" + directives.syntax().orElse("") + ": only docker/dockerfile's language is read");
        }
        List<Statement> statements = new StatementReader(text, directives).read();
        if (statements.size() > INSTRUCTIONS_MAX) {
            throw text.place(1, 1).invalid("more than " + INSTRUCTIONS_MAX + " instructions");
        }
        return stages(text, directives, statements);
    }

    /** Reads the one instruction that an image keeps for those built on it; errors name the FROM that has it. */
    public static Instruction trigger(String trigger, Place from) {
        SourceText text = new SourceText(from.file(), trigger);
        List<Statement> statements =
                new StatementReader(text, new Directives(Optional.empty(), '\\', Optional.empty(), 0)).read();
        if (statements.size() != 1) {
            throw from.invalid("the base image's ONBUILD '" + trigger + "' should be a single instruction");
        }
        Statement one = statements.getFirst();
        return InstructionReader.read(one.with(from, one.documents(), one.comments(), false));
    }

    private static Dockerfile stages(SourceText text, Directives directives, List<Statement> statements) {
        List<Instruction.Argument> globals = new ArrayList<>();
        List<Dockerfile.Stage> stages = new ArrayList<>();
        List<Instruction> current = new ArrayList<>();
        List<Place> emptyContinuations = new ArrayList<>();
        Optional<Instruction.From> from = Optional.empty();
        for (Statement statement : statements) {
            Instruction instruction = InstructionReader.read(statement);
            if (statement.emptyContinuation()) {
                emptyContinuations.add(statement.place());
            }
            if (instruction instanceof Instruction.From next) {
                from.ifPresent(before -> stages.add(new Dockerfile.Stage(before, current)));
                current.clear();
                from = Optional.of(next);
            } else if (from.isPresent()) {
                current.add(instruction);
            } else if (instruction instanceof Instruction.Argument argument) {
                globals.add(argument);
            } else {
                throw statement
                        .place()
                        .invalid(statement.name() + " before FROM: a Dockerfile begins with FROM, or with ARGs for it");
            }
        }
        from.ifPresent(last -> stages.add(new Dockerfile.Stage(last, current)));
        if (stages.isEmpty()) {
            throw text.place(1, 1)
                    .invalid("no FROM: an image to begin with was expected, such as FROM debian:bookworm");
        }
        if (stages.size() > STAGES_MAX) {
            throw stages.getLast().from().place().invalid("more than " + STAGES_MAX + " stages");
        }
        return new Dockerfile(globals, stages, directives, emptyContinuations);
    }
}
