package org.berth.builder.source;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Go: go.mod. A static program alone in its image, with certificates. */
final class GoSource implements SourceDetector {
    private static final String MODULE = "go.mod";
    private static final Pattern VERSION = Pattern.compile("(?m)^go\\s+(\\d\\S*)");

    @Override
    public String sign() {
        return MODULE + " (Go)";
    }

    @Override
    public Optional<SourcePlan> plan(SourceFolder folder, boolean commandGiven) {
        return folder.text(MODULE).map(text -> new SourcePlan("Go", dockerfile(folder, text)));
    }

    private static String dockerfile(SourceFolder folder, String module) {
        Matcher version = VERSION.matcher(module);
        String wanted = version.find() ? version.group(1) : "1.0";
        DebianRelease release = DebianRelease.first(
                one -> one.go().compareTo(Version.of(wanted)) >= 0 || one.go().isA(Version.of(wanted)),
                "Go " + wanted + ", which go.mod asks for,",
                "1.19 and 1.24");
        String program = program(folder);
        return new DockerfileText()
                .comment("Go " + release.go().minor() + ": go.mod asks for " + wanted + "; built from " + program)
                .from(release.image(), "build")
                .packages(AptFile.with(List.of("ca-certificates", "golang-go"), folder, AptFile.BUILD))
                .line("WORKDIR /src")
                .environment(Map.of("CGO_ENABLED", "0"))
                .line("COPY go.* ./")
                .run(
                        List.of(HostFile.GO.mount(), DockerfileText.cache("/root/go/pkg/mod", "shared")),
                        List.of("go mod download"))
                .line("COPY . .")
                .run(
                        List.of(
                                HostFile.GO.mount(),
                                DockerfileText.cache("/root/go/pkg/mod", "shared"),
                                DockerfileText.cache("/root/.cache/go-build", "shared")),
                        List.of("go build -trimpath -ldflags=-s -o /out/app " + program))
                .from("scratch", "")
                .line("COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt")
                .line("COPY --from=build /out/app /app")
                .environment(Map.of("PORT", StartCommand.PORT))
                .line("EXPOSE " + StartCommand.PORT)
                .command(List.of("/app"))
                .text();
    }

    /** The package to build: the folder itself, or the only one below cmd. */
    private static String program(SourceFolder folder) {
        if (!folder.matching("*.go").isEmpty()) {
            return ".";
        }
        List<String> commands = folder.matching("cmd/*/main.go");
        if (commands.size() != 1) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "go.mod: no program is found: expected package main in the folder itself, or in one folder below cmd"
                            + (commands.isEmpty() ? "" : ", not in " + String.join(", ", commands)));
        }
        return "./" + commands.getFirst().replaceFirst("/main\\.go$", "");
    }
}
