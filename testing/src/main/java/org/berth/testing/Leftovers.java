package org.berth.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.berth.base.Instance;

/**
 * What an instance has left on the machine: mounts below its folders, cgroups, interfaces,
 * packet rules and processes that bear its tag, files in its run folder. Every host-wide name derives from the
 * instance, so tests of other instances on the same machine do not disturb the answer.
 */
public final class Leftovers {
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final Path NFT = Path.of("/usr/sbin/nft");
    private static final int CGROUP_DEPTH_MAX = 6;

    private Leftovers() {}

    /** One line for each thing left; empty when the machine is clean of {@code instance}. */
    public static List<String> of(Instance instance) {
        List<String> left = new ArrayList<>();
        mounts(instance, left);
        cgroups(instance.tag(), left);
        interfaces(instance.tag(), left);
        tables(instance.tag(), left);
        processes(instance, left);
        files(instance, left);
        return left;
    }

    /**
     * As {@link #of}, while the instance goes on: the parent of its control groups, with none in it, is
     * kept for the next, and so are processes that keep user namespaces.
     */
    public static List<String> whileOpen(Instance instance) {
        return of(instance).stream()
                .filter(line -> !line.startsWith("cgroup: ") || !line.endsWith("/berth-" + instance.tag()))
                .filter(line -> !line.startsWith("process: ") || !line.endsWith(" berth-" + instance.tag() + "-u"))
                .toList();
    }

    private static void mounts(Instance instance, List<String> left) {
        for (String line : lines(Path.of("/proc/self/mountinfo"))) {
            if (line.contains(instance.root() + "/") || line.contains(instance.run() + "/")) {
                left.add("mount: " + line);
            }
        }
    }

    private static void cgroups(String tag, List<String> left) {
        try (Stream<Path> folders = Files.find(
                CGROUPS,
                CGROUP_DEPTH_MAX,
                (path, attributes) -> attributes.isDirectory()
                        && String.valueOf(path.getFileName()).contains(tag))) {
            folders.forEach(folder -> left.add("cgroup: " + folder));
        } catch (IOException | UncheckedIOException e) {
            // cgroups of other programs come and go while we walk
        }
    }

    private static void interfaces(String tag, List<String> left) {
        for (Path device : list(Path.of("/sys/class/net"))) {
            if (String.valueOf(device.getFileName()).contains(tag)) {
                left.add("interface: " + device.getFileName());
            }
        }
    }

    /** Packet rules; seen only where the command that lists them is installed. */
    private static void tables(String tag, List<String> left) {
        if (!Files.isExecutable(NFT)) {
            return;
        }
        try {
            Process list = new ProcessBuilder(NFT.toString(), "list", "tables")
                    .redirectErrorStream(true)
                    .start();
            new String(list.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.contains(tag))
                    .forEach(line -> left.add("rules: " + line));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A monitor's name bears the tag; a contained process has its root below the instance's. */
    private static void processes(Instance instance, List<String> left) {
        for (Path process : list(Path.of("/proc"))) {
            if (!String.valueOf(process.getFileName()).matches("[0-9]+")) {
                continue;
            }
            String name = String.join("", lines(process.resolve("comm")));
            String command = String.join("", lines(process.resolve("cmdline")));
            if (isZombie(process)) {
                continue; // it has ended and waits for process 1, which may take its time
            }
            if (name.contains(instance.tag()) || command.contains(instance.run() + "/")) {
                left.add("process: " + process.getFileName() + " " + name);
            }
        }
    }

    private static boolean isZombie(Path process) {
        return lines(process.resolve("status")).stream().anyMatch(line -> line.startsWith("State:\tZ"));
    }

    private static void files(Instance instance, List<String> left) {
        for (String folder : List.of("containers", "netns", "secrets")) {
            for (Path file : list(instance.run().resolve(folder))) {
                left.add("file: " + file);
            }
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readString(file).lines().toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of(); // the process has ended meanwhile
        }
    }

    private static List<Path> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }
}
