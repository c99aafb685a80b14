package org.berth.runtime.external;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * Another runtime's program.
 *
 * @param name as it was asked for
 * @param program its file
 */
public record RuntimeCommand(String name, Path program) {
    /** Names with the programs that bear them, and where to get them. */
    private static final Map<String, Known> KNOWN = new TreeMap<>(Map.of(
            "runc", new Known(List.of("runc"), "install the package runc"),
            "crun", new Known(List.of("crun"), "install the package crun"),
            "youki", new Known(List.of("youki"), "install it from its project's releases (youki)"),
            "runsc", new Known(List.of("runsc"), "install gVisor (the package runsc of its own archive)"),
            "kata",
                    new Known(
                            List.of("kata-runtime", "containerd-shim-kata-v2"),
                            "install Kata Containers (kata-runtime, which its releases before 3.0 had)")));

    /** Where programs are looked for besides the daemon's PATH. */
    private static final List<String> FOLDERS = List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin");

    private record Known(List<String> programs, String remedy) {}

    /**
     * The runtime of a name ("runc", "crun", "youki", "runsc", "kata") or of a program's absolute path.
     *
     * @throws BerthException INVALID for another name or a relative path; NOT_FOUND when it is not installed
     */
    public static RuntimeCommand of(String name) {
        if (name.startsWith("/")) {
            Path program = Path.of(name);
            if (!Files.isExecutable(program) || Files.isDirectory(program)) {
                throw new BerthException(
                        ErrorCode.NOT_FOUND, "runtime " + name + ": no program is there that can be executed");
            }
            return new RuntimeCommand(name, program);
        }
        Known known = Optional.ofNullable(KNOWN.get(name))
                .orElseThrow(() -> new BerthException(
                        ErrorCode.INVALID,
                        "runtime '" + name + "' is not known; expected berth, " + String.join(", ", KNOWN.keySet())
                                + " or a program's absolute path"));
        Path program = find(known.programs().getFirst())
                .orElseThrow(() -> new BerthException(
                        ErrorCode.NOT_FOUND,
                        "runtime " + name + " is not installed: there is no "
                                + known.programs().getFirst() + " in PATH; " + known.remedy()));
        return new RuntimeCommand(name, program);
    }

    /** Those that are installed, by name. */
    public static Map<String, RuntimeCommand> installed() {
        Map<String, RuntimeCommand> found = new TreeMap<>();
        KNOWN.forEach((name, known) -> find(known.programs().getFirst())
                .ifPresent(program -> found.put(name, new RuntimeCommand(name, program))));
        return found;
    }

    private static Optional<Path> find(String program) {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.concat(Arrays.stream(path.split(File.pathSeparator, -1)), FOLDERS.stream())
                .filter(folder -> folder.startsWith("/"))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Its arguments that come first. @param state the folder of its own records; @param log takes what it says */
    public List<String> arguments(Path state, Path log) {
        return List.of(program.toString(), "--root", state.toString(), "--log", log.toString(), "--log-format", "json");
    }
}
