package org.berth.builder.source;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Java with Maven: pom.xml. Built with a JDK, run with a JRE. */
final class MavenSource implements SourceDetector {
    private static final String PROJECT = "pom.xml";
    /** Where a project says which Java it is for, the first that does. */
    private static final List<Pattern> RELEASES = Stream.of(
                    "maven.compiler.release", "java.version", "maven.compiler.target", "release", "target")
            .map(name -> Pattern.compile("<" + Pattern.quote(name) + ">\\s*(?:1\\.)?(\\d{1,2})\\s*</"))
            .toList();

    private static final Pattern MAIN = Pattern.compile("<(?:mainClass|exec\\.mainClass)>\\s*([\\w.$]+)\\s*</");
    private static final Pattern PACKAGING = Pattern.compile("<packaging>\\s*(\\w+)\\s*</packaging>");
    private static final Pattern COMMENT = Pattern.compile("(?s)<!--.*?-->");
    private static final int JAVA = 17;

    /** How the build's result is started. */
    private sealed interface Form {
        /** One jar with all that it needs. */
        record Whole() implements Form {}

        /** Quarkus' folder. */
        record Quarkus() implements Form {}

        /** A jar, its dependencies beside it. */
        record Parts(String mainClass) implements Form {}
    }

    @Override
    public String sign() {
        return PROJECT + " (Java with Maven)";
    }

    @Override
    public Optional<SourcePlan> plan(SourceFolder folder, boolean commandGiven) {
        return folder.text(PROJECT)
                .map(text -> COMMENT.matcher(text).replaceAll(""))
                .map(text -> new SourcePlan("Java", dockerfile(folder, text, commandGiven)));
    }

    private static String dockerfile(SourceFolder folder, String project, boolean commandGiven) {
        int wanted = wanted(project);
        DebianRelease release = DebianRelease.first(
                one -> one.java(wanted).isPresent(),
                "Java " + wanted + ", which " + PROJECT + " asks for,",
                "17, 21 and 25");
        int java = release.java(wanted).orElse(JAVA);
        Form form = form(project);
        List<String> commands = new ArrayList<>();
        commands.add("mvn --batch-mode --no-transfer-progress -DskipTests" + versions(project, wanted) + " package"
                + (form instanceof Form.Parts
                        ? " dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=/out/lib"
                        : ""));
        commands.addAll(collect(form));
        DockerfileText text = new DockerfileText()
                .comment("Java " + java + ": " + PROJECT + " asks for " + wanted)
                .from(release.image(), "build")
                .packages(AptFile.with(
                        List.of("ca-certificates", "maven", "openjdk-" + java + "-jdk-headless"),
                        folder,
                        AptFile.BUILD))
                .environment(Map.of("JAVA_HOME", "/usr/lib/jvm/java-" + java + "-openjdk-amd64"))
                .line("WORKDIR /src")
                .line("COPY --exclude=target . .") // a jar of an earlier build is none of this one
                .run(List.of(HostFile.MAVEN.mount(), DockerfileText.cache("/root/.m2", "locked")), commands)
                .from(release.image(), "")
                .packages(AptFile.with(
                        List.of("ca-certificates", "openjdk-" + java + "-jre-headless"), folder, AptFile.RUN))
                .environment(environment())
                .line("WORKDIR /app")
                .line("COPY --from=build /out /app")
                .line("EXPOSE " + StartCommand.PORT);
        Optional<List<String>> procfile = StartCommand.ofProcfile(folder);
        if (procfile.isPresent() || !commandGiven) {
            text.command(procfile.orElseGet(() -> start(form)));
        }
        return text.text();
    }

    /** The compiler plugin that Debian's Maven takes by itself knows no "release", and would compile for Java 5. */
    private static String versions(String project, int wanted) {
        return project.contains("<maven.compiler.release>") && !project.contains("<maven.compiler.source>")
                ? " -Dmaven.compiler.source=" + wanted + " -Dmaven.compiler.target=" + wanted
                : "";
    }

    /** Spring and Quarkus listen where these say. */
    private static Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("PORT", StartCommand.PORT);
        environment.put("SERVER_PORT", StartCommand.PORT);
        environment.put("QUARKUS_HTTP_PORT", StartCommand.PORT);
        return environment;
    }

    private static List<String> collect(Form form) {
        String jars = "find target -maxdepth 1 -name '*.jar' ! -name 'original-*' ! -name '*-sources.jar'"
                + " ! -name '*-javadoc.jar' ! -name '*-tests.jar' ! -name '*-plain.jar'";
        return form instanceof Form.Quarkus
                ? List.of("mkdir -p /out", "cp -R target/quarkus-app/. /out/")
                : List.of(
                        "mkdir -p /out",
                        jars + " -size +0 -printf '%s %p\\n' | sort -n | tail -1 | cut -d' ' -f2- > /tmp/jar",
                        "cp \"$(cat /tmp/jar)\" /out/app.jar");
    }

    private static List<String> start(Form form) {
        return switch (form) {
            case Form.Whole _ -> List.of("java", "-jar", "/app/app.jar");
            case Form.Quarkus _ -> List.of("java", "-jar", "/app/quarkus-run.jar");
            case Form.Parts parts -> List.of("java", "-cp", "/app/app.jar:/app/lib/*", parts.mainClass());
        };
    }

    private static Form form(String project) {
        Matcher packaging = PACKAGING.matcher(project);
        if (packaging.find() && !packaging.group(1).equals("jar")) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    PROJECT + ": packaging " + packaging.group(1) + " makes no program: expected jar"
                            + (packaging.group(1).equals("pom") ? "; build the folder of the module that starts" : ""));
        }
        if (project.contains("quarkus-maven-plugin")) {
            return new Form.Quarkus();
        }
        if (project.contains("spring-boot-maven-plugin")
                || project.contains("maven-shade-plugin")
                || project.contains("jar-with-dependencies")) {
            return new Form.Whole();
        }
        Matcher main = MAIN.matcher(project);
        return main.find() ? new Form.Parts(main.group(1)) : new Form.Whole();
    }

    private static int wanted(String project) {
        return RELEASES.stream()
                .map(pattern -> pattern.matcher(project))
                .filter(Matcher::find)
                .map(matcher -> Integer.valueOf(matcher.group(1)))
                .findFirst()
                .orElse(JAVA);
    }
}
