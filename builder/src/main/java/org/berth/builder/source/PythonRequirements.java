package org.berth.builder.source;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What pip is to install: files of the folder, or lines that were read from another tool's file.
 *
 * @param source the file that says so
 * @param files paths to copy; the first is given to pip
 * @param lines requirements in pip's form, when no file is
 * @param names of the packages, normalised (PEP 503)
 */
record PythonRequirements(String source, List<String> files, List<String> lines, Set<String> names) {
    private static final String REQUIREMENTS = "requirements.txt";
    private static final String GENERATED = "/tmp/requirements.txt";
    private static final Pattern NAME = Pattern.compile("\\s*([A-Za-z0-9][A-Za-z0-9._-]*)(\\[[^]]*])?.*");

    PythonRequirements {
        files = List.copyOf(files);
        lines = List.copyOf(lines);
        names = Set.copyOf(names);
    }

    /** A lock file before anything else, then requirements.txt, then what is not locked. */
    static Optional<PythonRequirements> of(SourceFolder folder) {
        return PythonLocks.of(folder).or(() -> requirementsFile(folder)).or(() -> PythonLocks.unlocked(folder));
    }

    static PythonRequirements ofLines(String source, List<String> lines) {
        return new PythonRequirements(source, List.of(), lines, names(lines));
    }

    private static Optional<PythonRequirements> requirementsFile(SourceFolder folder) {
        if (!folder.has(REQUIREMENTS)) {
            return Optional.empty();
        }
        java.util.Map<String, String> texts = RequirementFiles.read(REQUIREMENTS, folder::text);
        List<String> files = new ArrayList<>(texts.keySet());
        files.remove(REQUIREMENTS);
        files.addFirst(REQUIREMENTS);
        List<String> lines = texts.values().stream().flatMap(String::lines).toList();
        return Optional.of(new PythonRequirements(REQUIREMENTS, files, List.of(), names(lines)));
    }

    /** Whether a package is among them. */
    boolean has(String name) {
        return names.contains(name);
    }

    /** Puts them where pip reads them. */
    void copy(DockerfileText text) {
        if (files.isEmpty()) {
            text.file(GENERATED, lines);
        } else {
            files.forEach(file -> text.line("COPY " + file + " " + file));
        }
    }

    /** pip's arguments. */
    String argument() {
        return "-r " + (files.isEmpty() ? GENERATED : files.getFirst());
    }

    private static Set<String> names(List<String> lines) {
        Set<String> names = new TreeSet<>();
        for (String line : lines) {
            Matcher matcher = NAME.matcher(line);
            if (matcher.matches()) {
                String name = normalised(matcher.group(1));
                names.add(name);
                if (name.equals("fastapi") && matcher.group(2) != null) {
                    names.add("uvicorn"); // fastapi[standard] and fastapi[all] have it
                }
            }
        }
        return names;
    }

    static String normalised(String name) {
        return name.replaceAll("[-_.]+", "-").toLowerCase(Locale.ROOT);
    }
}
