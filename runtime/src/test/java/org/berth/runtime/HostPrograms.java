package org.berth.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A small root made of programs of this machine with the libraries they need. */
final class HostPrograms {
    private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x");

    private HostPrograms() {}

    /** Copies programs of /usr/bin, with their libraries, into {@code root}. */
    static void copy(Path root, List<String> programs) throws IOException, InterruptedException {
        Files.createDirectories(root.resolve("usr/bin"));
        for (String folder : List.of("bin", "lib", "lib64")) {
            Files.createDirectories(root.resolve("usr").resolve(folder));
            Files.createSymbolicLink(root.resolve(folder), Path.of("usr", folder));
        }
        Files.createDirectories(root.resolve("tmp"));
        Files.createDirectories(root.resolve("etc"));
        for (String program : programs) {
            Path file = Path.of("/usr/bin", program).toRealPath();
            copy(file, root.resolve("usr/bin").resolve(program));
            for (String library : libraries(file)) {
                copy(Path.of(library).toRealPath(), root.resolve(library.substring(1)));
            }
        }
    }

    private static List<String> libraries(Path file) throws IOException, InterruptedException {
        Process ldd = new ProcessBuilder("ldd", file.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(ldd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        ldd.waitFor();
        return LIBRARY.matcher(output).results().map(result -> result.group(1)).toList();
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to.resolveSibling("."));
        try {
            Files.copy(from, to);
        } catch (FileAlreadyExistsException e) {
            // another program needed it too
        }
    }

    /** The text that {@code pattern} finds in {@code text}; "" for none. */
    static String find(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
        return matcher.find() ? matcher.group(matcher.groupCount()) : "";
    }
}
