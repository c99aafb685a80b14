package org.berth.builder.source;

import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * One language: tells whether a folder is written in it, and how such a folder becomes an image. To add a language: write
 * a class like {@link GoSource}, put it into {@link #ALL}, and a folder with what it expects into the golden tests.
 */
public interface SourceDetector {
    /** Every language, in the order in which they are asked; the first that knows the folder plans. */
    List<SourceDetector> ALL =
            List.of(new PythonSource(), new NodeSource(), new MavenSource(), new GoSource(), new StaticSource());

    /** What a folder of this language has: "package.json (Node)". */
    String sign();

    /**
     * The plan for a folder; empty when it is not of this language.
     *
     * @param commandGiven whether whoever runs the image says what to run
     * @throws BerthException INVALID or UNSUPPORTED, with the file's name, for what can't be built so
     */
    Optional<SourcePlan> plan(SourceFolder folder, boolean commandGiven);

    /** The plan of the first language that knows the folder. */
    static SourcePlan detect(SourceFolder folder, boolean commandGiven) {
        for (SourceDetector detector : ALL) {
            Optional<SourcePlan> plan = detector.plan(folder, commandGiven);
            if (plan.isPresent()) {
                return plan.get();
            }
        }
        throw new BerthException(
                ErrorCode.INVALID,
                "nothing says what to build: expected a Dockerfile, or one of "
                        + String.join(
                                ", ", ALL.stream().map(SourceDetector::sign).toList()));
    }
}
