package org.berth.builder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.builder.GraphPlanner.PlanRequest;
import org.berth.builder.context.IgnoreRules;
import org.berth.builder.dockerfile.Dockerfile;
import org.berth.builder.dockerfile.DockerfileParser;
import org.berth.builder.dockerfile.FormChecks;
import org.berth.builder.dockerfile.Lint;
import org.berth.image.Image;
import org.berth.image.ImageConfig;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * BuildKit's own cases for its checks, read as data from a checkout: {@code -Dberth.buildkit=FOLDER}. A case is a Dockerfile
 * and the rules with the lines that it breaks.
 */
@EnabledIfSystemProperty(
        named = "berth.buildkit",
        matches = ".+",
        disabledReason = "no checkout of BuildKit: give one by -Dberth.buildkit=FOLDER")
class BuildkitLintTest {
    private static final Pattern DOCKERFILE = Pattern.compile("dockerfile :?= \\[]byte\\(`([^`]*)`\\)");
    private static final Pattern IGNORE = Pattern.compile("dockerignore :?= \\[]byte\\(`([^`]*)`\\)");
    private static final Pattern RULE = Pattern.compile("RuleName:\\s*\"(\\w+)\"(?s:.*?)Line:\\s*(\\d+)");

    /** Cases of options given beside the Dockerfile, of errors, or told otherwise than by a row of rules. */
    private static final List<String> NOT_OURS =
            List.of("FrontendAttrs", "UnmarshalWarnings", "BADCMD", "makeLintWarning", "range ", "tc.");

    private static final Image ANY = new Image(
            "sha256:0",
            "sha256:0",
            List.of(),
            new ImageConfig(
                    "amd64",
                    Instant.EPOCH,
                    List.of("PATH=/bin"),
                    List.of(),
                    List.of(),
                    "",
                    "",
                    Set.of(),
                    Set.of(),
                    Map.of(),
                    ""),
            List.of("sha256:1"),
            1);

    @TestFactory
    Stream<DynamicTest> warningsAreThoseExpected() throws IOException {
        String source = Files.readString(Path.of(System.getProperty("berth.buildkit", "."))
                .resolve("frontend/dockerfile/dockerfile_check_test.go"));
        List<DynamicTest> tests = new ArrayList<>();
        Matcher matcher = DOCKERFILE.matcher(source);
        List<Integer> starts = new ArrayList<>();
        while (matcher.find()) {
            starts.add(matcher.start());
        }
        for (int i = 0; i < starts.size(); i++) {
            String part = source.substring(starts.get(i), i + 1 < starts.size() ? starts.get(i + 1) : source.length());
            int function = part.indexOf("\nfunc ");
            String one = function < 0 ? part : part.substring(0, function);
            int line = (int) source.substring(0, starts.get(i)).lines().count();
            if (one.contains("checkLinterWarnings") && NOT_OURS.stream().noneMatch(one::contains)) {
                String ignore = one.contains("DockerIgnore") ? last(IGNORE, source.substring(0, starts.get(i))) : "";
                tests.add(dynamicTest("line " + line, () -> check(one, ignore)));
            }
        }
        assertThat(tests).hasSizeGreaterThan(60);
        return tests.stream();
    }

    private static void check(String text, String ignore) {
        Matcher file = DOCKERFILE.matcher(text);
        assertThat(file.find()).isTrue();
        List<String> expected = new ArrayList<>();
        String first = text.split("checkLinterWarnings\\(")[1];
        Matcher rule = RULE.matcher(first);
        while (rule.find()) {
            expected.add(rule.group(1) + " " + rule.group(2));
        }
        assertThat(warnings(file.group(1), ignore)).containsExactlyInAnyOrderElementsOf(expected);
    }

    private static List<String> warnings(String text, String ignore) {
        Dockerfile dockerfile = DockerfileParser.parse("Dockerfile", text);
        Lint lint = new Lint(
                dockerfile.directives(), dockerfile.stages().getFirst().from().place());
        FormChecks.check(dockerfile, lint);
        for (int stage = 0; stage < dockerfile.stages().size(); stage++) {
            PlanRequest request = new PlanRequest(
                    Optional.of(Integer.toString(stage)),
                    Map.of(),
                    Platform.HERE,
                    Map.of(),
                    IgnoreRules.parse(".dockerignore", ignore));
            try {
                new GraphPlanner(dockerfile, request, name -> ANY, lint).plan();
            } catch (BerthException e) {
                // what is wrong besides is no matter here
            }
        }
        return lint.warnings().stream()
                .map(warning -> warning.rule().title() + " " + warning.place().line())
                .toList();
    }

    private static String last(Pattern pattern, String text) {
        String last = "";
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            last = matcher.group(1);
        }
        return last;
    }
}
