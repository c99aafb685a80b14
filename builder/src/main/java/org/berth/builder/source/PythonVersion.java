package org.berth.builder.source;

import java.util.Optional;
import org.berth.base.JsonTree;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The Python that a folder asks for, and the release that has it.
 *
 * @param reason "which .python-version asks for"
 */
record PythonVersion(DebianRelease release, String reason) {
    private static final String THERE = "3.11 and 3.13";

    /** What the folder says: .python-version, runtime.txt, Pipfile, then pyproject.toml's range. */
    static PythonVersion of(SourceFolder folder) {
        return exact(folder, ".python-version", "")
                .or(() -> exact(folder, "runtime.txt", "python-"))
                .or(() -> pipfile(folder))
                .or(() -> project(folder))
                .orElse(new PythonVersion(DebianRelease.BOOKWORM, "Debian 12's"));
    }

    private static Optional<PythonVersion> exact(SourceFolder folder, String file, String prefix) {
        return folder.text(file)
                .flatMap(text -> text.lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                        .findFirst())
                .map(line -> line.startsWith(prefix) ? line.substring(prefix.length()) : line)
                .flatMap(word -> exact(word, file));
    }

    private static Optional<PythonVersion> exact(String word, String file) {
        return Version.find(word)
                .map(version -> new PythonVersion(
                        DebianRelease.first(
                                one -> one.python().isA(version),
                                "Python " + word + ", which " + file + " asks for,",
                                THERE),
                        "which " + file + " asks for"));
    }

    private static Optional<PythonVersion> pipfile(SourceFolder folder) {
        String file = "Pipfile";
        return folder.text(file)
                .map(text -> Toml.read(file, text).path("requires"))
                .flatMap(requires -> Optional.of(requires.path("python_full_version")
                                .asString(requires.path("python_version").asString("")))
                        .flatMap(word -> exact(word, file)))
                .or(() -> folder.text("Pipfile.lock")
                        .flatMap(text -> exact(
                                json(text)
                                        .path("_meta")
                                        .path("requires")
                                        .path("python_version")
                                        .asString(""),
                                "Pipfile.lock")));
    }

    private static Optional<PythonVersion> project(SourceFolder folder) {
        String file = "pyproject.toml";
        return folder.text(file)
                .map(text -> Toml.read(file, text))
                .map(read -> read.path("project")
                        .path("requires-python")
                        .asString(read.path("tool")
                                .path("poetry")
                                .path("dependencies")
                                .path("python")
                                .asString("")))
                .filter(range -> !range.isBlank())
                .map(range -> new PythonVersion(
                        DebianRelease.first(
                                one -> one.python().within(range),
                                "Python " + range + ", which " + file + " asks for,",
                                THERE),
                        "as " + file + " asks for " + range));
    }

    private static JsonNode json(String text) {
        try {
            return JsonTree.read(text);
        } catch (JacksonException e) {
            return JsonTree.read("{}"); // whoever reads the packages says what is wrong with it
        }
    }
}
