package org.berth.builder.dockerfile;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A Dockerfile, read.
 *
 * @param globals ARGs before the first FROM
 * @param stages at least one
 * @param directives the comments that say how it is read
 * @param emptyContinuations instructions with an empty line among their continued ones
 */
public record Dockerfile(
        List<Instruction.Argument> globals, List<Stage> stages, Directives directives, List<Place> emptyContinuations) {
    public Dockerfile {
        globals = List.copyOf(globals);
        stages = List.copyOf(stages);
        emptyContinuations = List.copyOf(emptyContinuations);
    }

    /** The character that continues a line and takes a character's meaning away. */
    public char escape() {
        return directives.escape();
    }

    /** A FROM and what follows. */
    public record Stage(Instruction.From from, List<Instruction> instructions) {
        public Stage {
            instructions = List.copyOf(instructions);
        }
    }

    /** A stage by its name, in any case of letters, or by its number from 0, among the first {@code before}. */
    public Optional<Integer> stage(String nameOrNumber, int before) {
        for (int i = Math.min(before, stages.size()) - 1; i >= 0; i--) {
            if (stages.get(i)
                    .from()
                    .name()
                    .filter(nameOrNumber::equalsIgnoreCase)
                    .isPresent()) {
                return Optional.of(i);
            }
        }
        return IntStream.range(0, Math.min(before, stages.size()))
                .boxed()
                .filter(number -> nameOrNumber.equals(Integer.toString(number)))
                .findFirst();
    }
}
