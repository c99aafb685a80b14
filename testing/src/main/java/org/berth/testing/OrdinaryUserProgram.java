package org.berth.testing;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.berth.base.Instance;

/**
 * A Java program of this class path, run by the user nobody on a machine that gives that user subordinate ids and opens
 * /dev/net/tun: in a mount namespace of its own, so that the machine itself stays as it is.
 */
public final class OrdinaryUserProgram {
    /** Its user and group id. */
    public static final int USER = 65_534;

    /** The first of its subordinate ids, and how many there are. */
    public static final int FIRST_ID = 300_000;

    public static final int IDS = 65_536;

    private static final int OUTPUT_MAX = 1 << 20;

    /** $1 the folder with the files to show; then the command. */
    private static final String SCRIPT = """
            mount --make-rprivate /
            mount --bind "$1/subuid" /etc/subuid && mount --bind "$1/subgid" /etc/subgid || exit 70
            [ ! -e /dev/net/tun ] || mount --bind "$1/tun" /dev/net/tun || exit 70
            shift
            exec "$@"
            """;

    private OrdinaryUserProgram() {}

    /**
     * How it ended.
     *
     * @param output both streams
     */
    public record Ended(int code, String output) {}

    /** Runs one to its end. @param environment all of it, but for BERTH_ROOT and BERTH_RUN, which name the instance */
    public static Ended run(Instance instance, Map<String, String> environment, Class<?> program, String... arguments)
            throws IOException, InterruptedException {
        Path files = prepare(instance);
        List<String> command = new ArrayList<>(List.of("/usr/bin/unshare", "--mount", "/bin/sh", "-c", SCRIPT, "sh"));
        command.add(files.toString());
        command.addAll(List.of("/usr/bin/setpriv", "--reuid", "" + USER, "--regid", "" + USER, "--clear-groups"));
        command.addAll(List.of("/usr/bin/env", "-i"));
        environment.forEach((name, value) -> command.add(name + "=" + value));
        command.add("BERTH_ROOT=" + instance.root());
        command.add("BERTH_RUN=" + instance.run());
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-Xmx128m", "-cp"));
        command.addAll(List.of(classes(files), program.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .directory(new File("/tmp"))
                .start();
        String output;
        try (InputStream stream = process.getInputStream()) {
            output = new String(stream.readNBytes(OUTPUT_MAX), StandardCharsets.UTF_8);
        }
        return new Ended(process.waitFor(), output);
    }

    private static Path prepare(Instance instance) throws IOException, InterruptedException {
        Path top = instance.run().resolveSibling(".").normalize();
        Files.setPosixFilePermissions(top, PosixFilePermissions.fromString("rwx--x--x"));
        for (Path folder : List.of(instance.root(), instance.run())) {
            Files.createDirectories(folder);
            Files.setAttribute(folder, "unix:uid", USER);
            Files.setAttribute(folder, "unix:gid", USER);
        }
        Path files = Files.createDirectories(top.resolve("files"));
        Files.setPosixFilePermissions(files, PosixFilePermissions.fromString("rwxr-xr-x"));
        String line = "nobody:" + FIRST_ID + ":" + IDS + "\n";
        Files.writeString(files.resolve("subuid"), line);
        Files.writeString(files.resolve("subgid"), line);
        Path tun = files.resolve("tun");
        if (!Files.exists(tun)) {
            List<String> command = List.of("mknod", "-m", "666", tun.toString(), "c", "10", "200");
            if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
                throw new IOException("mknod " + tun + " failed");
            }
        }
        return files;
    }

    /** Copies of the class path's entries, where that user can read them. */
    private static String classes(Path files) throws IOException {
        List<String> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(":", -1)) {
            Path source = Path.of(entry);
            if (Files.exists(source)) {
                Path copy = files.resolve(copies.size() + "-" + source.getFileName());
                copy(source, copy);
                copies.add(copy.toString());
            }
        }
        return String.join(":", copies);
    }

    private static void copy(Path source, Path target) throws IOException {
        if (Files.exists(target)) {
            return;
        }
        try (Stream<Path> all = Files.walk(source)) {
            for (Path each : all.toList()) {
                Path copy = each.equals(source)
                        ? target
                        : target.resolve(source.relativize(each).toString());
                Files.copy(each, copy);
                Files.setPosixFilePermissions(
                        copy, PosixFilePermissions.fromString(Files.isDirectory(copy) ? "rwxr-xr-x" : "rw-r--r--"));
            }
        }
    }
}
