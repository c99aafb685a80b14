package org.berth.builder.source;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Python: requirements.txt, pyproject.toml or Pipfile, with their lock files. The packages are a virtual environment, made in a
 * stage of its own; what Debian's packages (apt.txt) satisfy is installed already for pip. A change of the source alone leaves
 * all layers but the last as they are.
 */
final class PythonSource implements SourceDetector {
    /** The virtual environment. */
    static final String ENVIRONMENT = "/opt/venv";

    private static final List<String> MOUNTS =
            List.of(HostFile.PIP.mount(), DockerfileText.cache("/root/.cache/pip", "shared"));

    @Override
    public String sign() {
        return "requirements.txt, pyproject.toml or Pipfile (Python)";
    }

    @Override
    public Optional<SourcePlan> plan(SourceFolder folder, boolean commandGiven) {
        return PythonRequirements.of(folder)
                .map(requirements -> new SourcePlan("Python", dockerfile(folder, requirements, commandGiven)));
    }

    private static String dockerfile(SourceFolder folder, PythonRequirements requirements, boolean commandGiven) {
        PythonVersion version = PythonVersion.of(folder);
        Optional<PythonServer> server = PythonServer.of(folder, requirements);
        if (server.isEmpty() && !commandGiven) {
            throw StartCommand.missing(", or an application of Flask, Django or FastAPI");
        }
        DockerfileText text = new DockerfileText()
                .comment("Python " + version.release().python().minor() + ", " + version.reason() + "; packages of "
                        + requirements.source()
                        + server.map(one -> "; started by " + one.reason()).orElse(""));
        text.from(version.release().image(), "system")
                .packages(AptFile.with(List.of("python3"), folder, AptFile.RUN))
                .from("system", "packages")
                .packages(AptFile.with(List.of("python3-venv"), folder, AptFile.BUILD))
                .line("WORKDIR /app");
        requirements.copy(text);
        List<String> commands = new ArrayList<>();
        commands.add("python3 -m venv --system-site-packages " + ENVIRONMENT);
        commands.add(ENVIRONMENT + "/bin/python -m pip install " + requirements.argument());
        text.run(MOUNTS, commands)
                .from("system", "")
                .environment(environment())
                .line("WORKDIR /app")
                .line("COPY --from=packages " + ENVIRONMENT + " " + ENVIRONMENT)
                .line("COPY . .");
        server.ifPresent(one -> {
            one.port().ifPresent(port -> text.line("EXPOSE " + port));
            text.command(one.command());
        });
        return text.text();
    }

    private static Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("PATH", ENVIRONMENT + "/bin:$PATH");
        environment.put("VIRTUAL_ENV", ENVIRONMENT);
        environment.put("PYTHONUNBUFFERED", "1");
        environment.put("PORT", StartCommand.PORT);
        return environment;
    }
}
