package org.berth.builder.source;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.JsonTree;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Node: package.json, with the lock file of npm, yarn or pnpm. The image has node and what runs, no package manager. */
final class NodeSource implements SourceDetector {
    private static final String PACKAGE = "package.json";
    private static final List<String> BUILT = List.of("dist", "build", "out");
    private static final Map<String, String> VERSION_FILES =
            Map.of(".nvmrc", "of .nvmrc", ".node-version", "of .node-version");

    /**
     * A package manager.
     *
     * @param lock its lock file
     * @param packages Debian's, besides nodejs
     * @param setUp commands before the first, where Debian has no package of it
     * @param install installs what the lock file says
     * @param prune leaves what running needs
     * @param run runs a script
     * @param cache what it downloaded
     */
    private record Manager(
            String lock,
            List<String> packages,
            List<String> setUp,
            String install,
            String prune,
            String run,
            String cache) {}

    private static final Manager NPM = new Manager(
            "package-lock.json",
            List.of("npm"),
            List.of(),
            "npm ci",
            "npm prune --omit=dev",
            "npm run build",
            "/root/.npm");

    private static final List<Manager> MANAGERS = List.of(
            new Manager(
                    "pnpm-lock.yaml",
                    List.of("npm"),
                    List.of("npm install --global pnpm@9"),
                    "pnpm install --frozen-lockfile",
                    "CI=true pnpm prune --prod",
                    "pnpm run build",
                    "/root/.local/share/pnpm/store"),
            new Manager(
                    "yarn.lock",
                    List.of("yarnpkg"),
                    List.of("ln -sf /usr/bin/yarnpkg /usr/local/bin/yarn"),
                    "yarn install --frozen-lockfile",
                    "yarn install --frozen-lockfile --production --ignore-scripts --prefer-offline",
                    "yarn run build",
                    "/usr/local/share/.cache/yarn"),
            NPM);

    @Override
    public String sign() {
        return PACKAGE + " (Node)";
    }

    @Override
    public Optional<SourcePlan> plan(SourceFolder folder, boolean commandGiven) {
        return folder.text(PACKAGE).map(text -> new SourcePlan("Node", dockerfile(folder, read(text), commandGiven)));
    }

    private static String dockerfile(SourceFolder folder, JsonNode description, boolean commandGiven) {
        Optional<Manager> locked =
                MANAGERS.stream().filter(one -> folder.has(one.lock())).findFirst();
        Manager manager = locked.orElse(NPM);
        String wanted = version(folder, description);
        DebianRelease release =
                DebianRelease.first(one -> one.node().within(range(wanted)), "Node " + wanted, "18 and 20");
        boolean builds = description.path("scripts").has("build");
        Optional<List<String>> start = start(folder, description);
        DockerfileText text = new DockerfileText()
                .comment("Node " + release.node().parts().getFirst() + ", "
                        + (wanted.startsWith("*") ? "Debian 12's" : "for " + wanted) + "; "
                        + locked.map(Manager::lock).orElse("no lock file: what is newest is installed"));
        List<String> tools = new ArrayList<>(List.of("ca-certificates", "nodejs"));
        tools.addAll(manager.packages());
        text.from(release.image(), "build").packages(AptFile.with(tools, folder, AptFile.BUILD));
        text.line("WORKDIR /app");
        List<String> mounts = List.of(HostFile.NPM.mount(), DockerfileText.cache(manager.cache(), "locked"));
        if (!manager.setUp().isEmpty()) {
            text.run(List.of(HostFile.NPM.mount()), manager.setUp());
        }
        text.line("COPY " + PACKAGE + locked.map(one -> " " + one.lock()).orElse("") + " ./")
                .run(mounts, List.of(locked.isPresent() ? manager.install() : "npm install"))
                .line("COPY --exclude=node_modules . ."); // those of this machine are another's
        List<String> finish = new ArrayList<>();
        if (builds) {
            finish.add(manager.run());
        }
        Optional<String> site =
                start.isEmpty() && builds && !commandGiven ? Optional.of(site(folder)) : Optional.empty();
        if (site.isEmpty()) {
            finish.add(manager.prune());
        }
        text.run(mounts, finish);
        return site.isPresent() ? served(text, site.get()) : run(text, folder, release, start, commandGiven);
    }

    private static String served(DockerfileText text, String built) {
        return StaticSource.server(text)
                .line("COPY --from=build /app/" + built + " /srv/site")
                .text();
    }

    private static String run(
            DockerfileText text,
            SourceFolder folder,
            DebianRelease release,
            Optional<List<String>> start,
            boolean commandGiven) {
        if (start.isEmpty() && !commandGiven) {
            throw StartCommand.missing(", or a script \"start\" in " + PACKAGE);
        }
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("PATH", "/app/node_modules/.bin:$PATH");
        environment.put("NODE_ENV", "production");
        environment.put("PORT", StartCommand.PORT);
        text.from(release.image(), "")
                .packages(AptFile.with(List.of("ca-certificates", "nodejs"), folder, AptFile.RUN))
                .environment(environment)
                .line("WORKDIR /app")
                .line("COPY --from=build /app /app")
                .line("EXPOSE " + StartCommand.PORT);
        start.ifPresent(text::command);
        return text.text();
    }

    /** What starts it, with no package manager between. */
    private static Optional<List<String>> start(SourceFolder folder, JsonNode description) {
        return StartCommand.ofProcfile(folder)
                .or(() -> script(description.path("scripts").path("start").asString("")))
                .or(() -> Optional.of(description.path("main").asString(""))
                        .filter(main -> !main.isEmpty() && folder.has(main))
                        .map(main -> List.of("node", main)))
                .or(() -> Optional.of("server.js").filter(folder::has).map(main -> List.of("node", main)));
    }

    private static Optional<List<String>> script(String line) {
        return line.isBlank() ? Optional.empty() : Procfile.command("web: " + line.strip(), "web");
    }

    /** Where the script "build" puts a site: a bundler's usual place. */
    private static String site(SourceFolder folder) {
        boolean bundler = !folder.matching("vite.config.*").isEmpty()
                || !folder.matching("astro.config.*").isEmpty();
        return bundler || folder.matching("webpack.config.*").size() == 1 ? BUILT.get(0) : BUILT.get(1);
    }

    private static String version(SourceFolder folder, JsonNode description) {
        for (Map.Entry<String, String> file : VERSION_FILES.entrySet()) {
            Optional<String> text = folder.text(file.getKey())
                    .map(String::strip)
                    .filter(word -> Version.find(word).isPresent());
            if (text.isPresent()) {
                return Version.of(text.get()).parts().getFirst() + " " + file.getValue();
            }
        }
        String engines = description.path("engines").path("node").asString("").strip();
        return engines.isEmpty() ? "* of Debian" : engines + " of " + PACKAGE;
    }

    private static String range(String wanted) {
        return wanted.substring(0, wanted.lastIndexOf(" of "));
    }

    private static JsonNode read(String text) {
        try {
            return JsonTree.read(text);
        } catch (JacksonException e) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    PACKAGE + ":" + e.getLocation().getLineNr() + ": not JSON: " + e.getOriginalMessage(),
                    e);
        }
    }
}
