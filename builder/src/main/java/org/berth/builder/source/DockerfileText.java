package org.berth.builder.source;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes a Dockerfile, an instruction after the other. */
final class DockerfileText {
    /** Packages that were downloaded stay from build to build, and out of the image. */
    private static final String APT_CACHE = cache("/var/cache/apt", "locked");

    private static final String HERE_END = "END";

    private final StringBuilder text = new StringBuilder();

    DockerfileText comment(String line) {
        text.append("# ").append(line).append('\n');
        return this;
    }

    /** A stage, apart from what stands before it. */
    DockerfileText from(String image, String name) {
        text.append('\n').append("FROM ").append(image);
        if (!name.isEmpty()) {
            text.append(" AS ").append(name);
        }
        text.append('\n');
        return this;
    }

    /** An instruction as it is. */
    DockerfileText line(String instruction) {
        text.append(instruction).append('\n');
        return this;
    }

    /** RUN of commands, each when the one before it did well. */
    DockerfileText run(List<String> mounts, List<String> commands) {
        text.append("RUN ");
        mounts.forEach(mount -> text.append("--mount=").append(mount).append(" \\\n    "));
        text.append(String.join(" \\\n && ", commands)).append('\n');
        return this;
    }

    /** Debian packages. dpkg needn't wait for the disk: a layer that was cut short is not used. */
    DockerfileText packages(List<String> names) {
        return run(
                List.of(APT_CACHE),
                List.of(
                        "apt-get -o APT::Update::Error-Mode=any update",
                        "DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Options::=--force-unsafe-io install"
                                + " --yes --no-install-recommends " + String.join(" ", names),
                        "rm -rf /var/lib/apt/lists/*"));
    }

    DockerfileText environment(Map<String, String> variables) {
        return line("ENV "
                + variables.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .collect(Collectors.joining(" ")));
    }

    /** A file with lines that the plan itself has. */
    DockerfileText file(String path, List<String> lines) {
        text.append("COPY <<'").append(HERE_END).append("' ").append(path).append('\n');
        lines.forEach(line -> text.append(line).append('\n'));
        text.append(HERE_END).append('\n');
        return this;
    }

    DockerfileText command(List<String> words) {
        return line("CMD " + words.stream().map(DockerfileText::quoted).collect(Collectors.joining(", ", "[", "]")));
    }

    String text() {
        return text.toString();
    }

    /** A folder that stays from build to build. */
    static String cache(String folder, String sharing) {
        return "type=cache,target=" + folder + ",sharing=" + sharing;
    }

    /** JSON's quotes. */
    private static String quoted(String word) {
        StringBuilder quoted = new StringBuilder("\"");
        word.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\').appendCodePoint(c);
            } else if (c < ' ') {
                quoted.append(String.format("\\u%04x", c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return quoted.append('"').toString();
    }
}
