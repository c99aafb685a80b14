package org.berth.builder.source;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.JsonTree;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Other tools' lock files as lines for pip: {@code name==version ; marker --hash=sha256:...}. pip itself decides by the
 * markers, and checks the hashes.
 */
final class PythonLocks {
    private static final String PROJECT = "pyproject.toml";

    private PythonLocks() {}

    /** The folder's lock file, if it has one. */
    static Optional<PythonRequirements> of(SourceFolder folder) {
        return folder.text("pylock.toml")
                .map(text -> pylock("pylock.toml", text))
                .or(() -> folder.text("uv.lock").map(text -> uv("uv.lock", text)))
                .or(() -> folder.text("poetry.lock").map(text -> poetry(folder, "poetry.lock", text)))
                .or(() -> folder.text("pdm.lock").map(text -> pdm("pdm.lock", text)))
                .or(() -> folder.text("Pipfile.lock").map(text -> pipfileLock("Pipfile.lock", text)));
    }

    /** What pyproject.toml or Pipfile ask for, when nothing is locked. */
    static Optional<PythonRequirements> unlocked(SourceFolder folder) {
        return folder.text("Pipfile")
                .map(text -> PythonRequirements.ofLines(
                        "Pipfile", asked(Toml.read("Pipfile", text).path("packages"))))
                .or(() -> folder.text(PROJECT)
                        .map(text -> Toml.read(PROJECT, text))
                        .flatMap(PythonLocks::project));
    }

    private static Optional<PythonRequirements> project(JsonNode project) {
        List<String> lines = new ArrayList<>();
        project.path("project").path("dependencies").forEach(line -> lines.add(line.asString("")));
        JsonNode poetry = project.path("tool").path("poetry").path("dependencies");
        if (lines.isEmpty() && !poetry.isMissingNode()) {
            lines.addAll(asked(poetry));
        }
        return project.has("project") || !poetry.isMissingNode()
                ? Optional.of(
                        PythonRequirements.ofLines(PROJECT + " (no lock file: what is newest is installed)", lines))
                : Optional.empty();
    }

    /** Pipfile's and Poetry's "name = range". */
    private static List<String> asked(JsonNode packages) {
        List<String> lines = new ArrayList<>();
        packages.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            String range =
                    value.isString() ? value.asString() : value.path("version").asString("*");
            if (entry.getKey().equals("python") || value.path("optional").asBoolean(false)) {
                return;
            }
            StringBuilder extras = new StringBuilder();
            value.path("extras")
                    .forEach(extra -> extras.append(extras.isEmpty() ? "" : ",").append(extra.asString("")));
            lines.add(entry.getKey() + (extras.isEmpty() ? "" : "[" + extras + "]") + specifier(range));
        });
        return lines;
    }

    /** Poetry's caret and tilde as PEP 440 has them. */
    private static String specifier(String range) {
        String plain = range.strip();
        if (plain.isEmpty() || plain.equals("*")) {
            return "";
        }
        if (plain.startsWith("^") || plain.startsWith("~") && !plain.startsWith("~=")) {
            Version version = Version.of(plain.substring(1));
            List<Integer> parts = version.parts();
            int keep = plain.startsWith("~") ? Math.min(1, parts.size() - 1) : firstNonZero(parts);
            List<String> next = new ArrayList<>();
            for (int i = 0; i <= keep; i++) {
                next.add(String.valueOf(parts.get(i) + (i == keep ? 1 : 0)));
            }
            return ">=" + plain.substring(1) + ",<" + String.join(".", next);
        }
        return Character.isDigit(plain.charAt(0)) ? "==" + plain : plain;
    }

    private static int firstNonZero(List<Integer> parts) {
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i) != 0) {
                return i;
            }
        }
        return parts.size() - 1;
    }

    /** PEP 751. */
    private static PythonRequirements pylock(String file, String text) {
        List<Locked> packages = new ArrayList<>();
        for (JsonNode one : Toml.read(file, text).path("packages")) {
            Locked locked = locked(file, one, one.path("marker").asString(""));
            for (JsonNode archive : files(one)) {
                locked.hash("sha256:" + archive.path("hashes").path("sha256").asString(""));
            }
            packages.add(locked);
        }
        return lines(file, packages);
    }

    private static PythonRequirements pdm(String file, String text) {
        List<Locked> packages = new ArrayList<>();
        for (JsonNode one : Toml.read(file, text).path("package")) {
            if (!one.has("groups") || contains(one.path("groups"), "default")) {
                Locked locked = locked(file, one, one.path("marker").asString(""));
                one.path("files")
                        .forEach(archive -> locked.hash(archive.path("hash").asString("")));
                packages.add(locked);
            }
        }
        return lines(file, packages);
    }

    /** uv names the project itself among the packages; what it needs is followed from there. */
    private static PythonRequirements uv(String file, String text) {
        Map<String, JsonNode> known = new LinkedHashMap<>();
        Map<String, TreeSet<String>> reached = new TreeMap<>();
        Deque<String> open = new ArrayDeque<>();
        for (JsonNode one : Toml.read(file, text).path("package")) {
            known.put(one.path("name").asString(""), one);
            if (own(one)) {
                follow(one.path("dependencies"), reached, open);
            }
        }
        List<Locked> packages = new ArrayList<>();
        while (!open.isEmpty()) {
            JsonNode one = known.get(open.remove());
            if (one != null) {
                follow(one.path("dependencies"), reached, open);
                one.path("optional-dependencies").forEach(group -> follow(group, reached, open));
            }
        }
        reached.forEach((name, markers) -> {
            JsonNode one = known.get(name);
            if (one == null || own(one)) {
                return;
            }
            Locked locked = locked(file, one, markers.contains("") ? "" : String.join(" or ", markers));
            files(one).forEach(archive -> locked.hash(archive.path("hash").asString("")));
            packages.add(locked);
        });
        return lines(file, packages);
    }

    private static boolean own(JsonNode one) {
        return one.path("source").has("virtual") || one.path("source").has("editable");
    }

    private static void follow(JsonNode dependencies, Map<String, TreeSet<String>> reached, Deque<String> open) {
        for (JsonNode dependency : dependencies) {
            String name = dependency.path("name").asString("");
            if (!reached.containsKey(name)) {
                open.add(name);
            }
            reached.computeIfAbsent(name, _ -> new TreeSet<>())
                    .add(dependency.path("marker").asString(""));
        }
    }

    /** Poetry's groups are in the lock file since 2.0; before, what is for development is found out by who needs it. */
    private static PythonRequirements poetry(SourceFolder folder, String file, String text) {
        JsonNode lock = Toml.read(file, text);
        Map<String, JsonNode> known = new LinkedHashMap<>();
        lock.path("package")
                .forEach(one ->
                        known.put(PythonRequirements.normalised(one.path("name").asString("")), one));
        boolean grouped = known.values().stream().anyMatch(one -> one.has("groups") || one.has("category"));
        TreeSet<String> reached = grouped ? new TreeSet<>(known.keySet()) : reachedByPoetry(folder, known);
        List<Locked> packages = new ArrayList<>();
        known.forEach((name, one) -> {
            boolean main = one.has("groups")
                    ? contains(one.path("groups"), "main")
                    : one.path("category").asString("main").equals("main");
            if (!main || !reached.contains(name) || one.path("optional").asBoolean(false)) {
                return;
            }
            JsonNode markers = one.path("markers");
            Locked locked = locked(
                    file,
                    one,
                    markers.isString()
                            ? markers.asString()
                            : markers.path("main").asString(""));
            JsonNode archives = one.has("files")
                    ? one.path("files")
                    : lock.path("metadata").path("files").path(one.path("name").asString(""));
            archives.forEach(archive -> locked.hash(archive.path("hash").asString("")));
            packages.add(locked);
        });
        return lines(file, packages);
    }

    private static TreeSet<String> reachedByPoetry(SourceFolder folder, Map<String, JsonNode> known) {
        JsonNode project = Toml.read(PROJECT, folder.text(PROJECT).orElse(""));
        Deque<String> open = new ArrayDeque<>();
        project.path("tool").path("poetry").path("dependencies").propertyNames().forEach(open::add);
        project.path("project")
                .path("dependencies")
                .forEach(line -> open.add(line.asString("").split("[^A-Za-z0-9._-]", 2)[0]));
        TreeSet<String> reached = new TreeSet<>();
        while (!open.isEmpty()) {
            String name = PythonRequirements.normalised(open.remove());
            JsonNode one = known.get(name);
            if (one != null && reached.add(name)) {
                one.path("dependencies").propertyNames().forEach(open::add);
            }
        }
        return reached;
    }

    private static PythonRequirements pipfileLock(String file, String text) {
        List<Locked> packages = new ArrayList<>();
        JsonNode lock;
        try {
            lock = JsonTree.read(text);
        } catch (JacksonException e) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    file + ":" + e.getLocation().getLineNr() + ": not JSON: " + e.getOriginalMessage(),
                    e);
        }
        lock.path("default").properties().forEach(entry -> {
            JsonNode one = entry.getValue();
            String version = one.path("version").asString("");
            if (!version.startsWith("==")) {
                throw unsupported(file, entry.getKey());
            }
            Locked locked = new Locked(
                    entry.getKey(), version.substring(2), one.path("markers").asString(""), new ArrayList<>());
            one.path("hashes").forEach(hash -> locked.hash(hash.asString("")));
            packages.add(locked);
        });
        return lines(file, packages);
    }

    private record Locked(String name, String version, String marker, List<String> hashes) {
        void hash(String hash) {
            if (hash.matches("sha256:[0-9a-f]{64}")) {
                hashes.add(hash);
            }
        }
    }

    /** pip takes hashes for all or for none. */
    private static PythonRequirements lines(String file, List<Locked> packages) {
        boolean hashed = packages.stream().noneMatch(one -> one.hashes().isEmpty());
        return PythonRequirements.ofLines(
                file,
                packages.stream()
                        .map(one -> one.name() + "==" + one.version()
                                + (one.marker().isEmpty() ? "" : " ; " + one.marker())
                                + (hashed
                                        ? one.hashes().stream()
                                                .sorted()
                                                .distinct()
                                                .reduce("", (all, hash) -> all + " --hash=" + hash)
                                        : ""))
                        .toList());
    }

    private static Locked locked(String file, JsonNode one, String marker) {
        String name = one.path("name").asString("");
        String version = one.path("version").asString("");
        JsonNode source = one.path("source");
        String type = source.path("type").asString("");
        boolean elsewhere = type.equals("git")
                || type.equals("directory")
                || type.equals("url")
                || type.equals("file")
                || source.has("git")
                || source.has("directory")
                || source.has("path")
                || one.has("vcs")
                || one.has("directory");
        if (version.isEmpty()
                || elsewhere
                || !name.matches("[A-Za-z0-9._-]+")
                || !version.matches("[A-Za-z0-9.+!_-]+")) {
            throw unsupported(file, name);
        }
        return new Locked(name, version, marker.replaceAll("\\s+", " "), new ArrayList<>());
    }

    private static BerthException unsupported(String file, String name) {
        return new BerthException(
                ErrorCode.UNSUPPORTED,
                file + ": " + name
                        + " comes from no package index: only released versions can be installed; use a Dockerfile");
    }

    private static List<JsonNode> files(JsonNode one) {
        List<JsonNode> files = new ArrayList<>();
        one.path("wheels").forEach(files::add);
        if (one.has("sdist")) {
            files.add(one.path("sdist"));
        }
        return files;
    }

    private static boolean contains(JsonNode list, String word) {
        for (JsonNode item : list) {
            if (item.asString("").equals(word)) {
                return true;
            }
        }
        return false;
    }
}
