package org.berth.image.debian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.Reference;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/**
 * Holds a root of ours against one that mmdebstrap(1) makes from the same sources: the host's. Every
 * path of either must be in both, of the same type, owner, mode, link target and content, but for
 * what the two lists below name.
 */
@KernelTest
class MinimalRootTest {
    /** Paths that only one of them has, or with other attributes. */
    private static final List<Exempt> DIFFERENT = List.of(
            new Exempt("dev/.+", "mmdebstrap makes device nodes; a container gets its own /dev"),
            new Exempt("usr/bin/(gunzip|uncompress)", "one file with two names, until its usrmerge copies both"),
            new Exempt("etc/(hostname|resolv\\.conf)", "mmdebstrap copies the host's; a container gets its own"));

    /** Files whose content differs. */
    private static final List<Exempt> OTHER_CONTENT = List.of(
            new Exempt("etc/shells", "lists the same shells in another order, as /usr was merged earlier"),
            new Exempt("var/lib/apt/extended_states", "lists the same packages in another order"),
            new Exempt("var/(lib/dpkg|cache/debconf)/[a-z.]+-old", "the state before the last change but one"));

    private static final int MINUTES_MAX = 10;

    private record Exempt(String path, String reason) {}

    @Test
    void equalsWhatMmdebstrapMakes(Instance instance) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/mmdebstrap")), "mmdebstrap is not installed");
        List<AptSource> archives = archives();
        assumeTrue(!archives.isEmpty(), "the host has no Debian archive among its package sources");
        assumeTrue(isReachable(archives.getFirst()), "the host's Debian archive is out of reach");

        letAptReach(instance.root());
        Path ours = Files.createDirectories(instance.root().resolve("ours"));
        new DebianBootstrap(Map.of(), new ChrootRunner(), Clock.systemUTC())
                .bootstrap(new Reference("docker.io", "library/debian", "bookworm", ""), ours, Progress.SILENT);
        Path theirs = instance.root().resolve("theirs");
        mmdebstrap(theirs, Files.readString(ours.resolve("etc/apt/sources.list")));

        assertThat(packages(ours)).isEqualTo(packages(theirs));
        assertThat(differences(ours, theirs)).isEmpty();
        assertThat(lines(ours, "etc/shells")).containsExactlyInAnyOrderElementsOf(lines(theirs, "etc/shells"));
        assertThat(lines(ours, "var/lib/apt/extended_states"))
                .containsExactlyInAnyOrderElementsOf(lines(theirs, "var/lib/apt/extended_states"));
        assertThat(run(ours, "dpkg", "--audit")).isEmpty();
        assertThat(run(ours, "apt-get", "check")).doesNotContain("E:");
    }

    /** mmdebstrap's apt gives up its rights where it may look into the root's folder, and owns other files then. */
    private static void letAptReach(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder.resolveSibling("."), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static List<AptSource> archives() {
        try {
            return SourceChoice.of(Map.of(), HostSources.read(Path.of("/"), "amd64"), "bookworm")
                    .main();
        } catch (BerthException e) {
            return List.of();
        }
    }

    private static boolean isReachable(AptSource source) {
        try {
            return Optional.ofNullable(source.address().getHost()).isEmpty()
                    || InetAddress.getAllByName(source.address().getHost()).length > 0;
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static void mmdebstrap(Path root, String sources) throws IOException, InterruptedException {
        Path log = Files.createTempFile("mmdebstrap-", ".log");
        Path list = Files.writeString(Files.createTempFile("mmdebstrap-", ".list"), sources);
        try {
            Process process = new ProcessBuilder(
                            "mmdebstrap", "--mode=root", "--variant=minbase", "bookworm", root.toString(), "-")
                    .redirectInput(list.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            boolean ended = process.waitFor(MINUTES_MAX, TimeUnit.MINUTES);
            if (!ended) {
                process.destroy();
            }
            assertThat(ended && process.exitValue() == 0)
                    .as(Files.readString(log))
                    .isTrue();
        } finally {
            Files.delete(log);
            Files.delete(list);
        }
    }

    private static List<String> packages(Path root) throws IOException {
        return Stanza.parse(Files.readString(root.resolve("var/lib/dpkg/status"))).stream()
                .map(stanza -> stanza.get("Package") + " " + stanza.get("Version") + " " + stanza.get("Architecture")
                        + " " + stanza.get("Status"))
                .sorted()
                .toList();
    }

    private static List<String> lines(Path root, String path) throws IOException {
        return Files.readAllLines(root.resolve(path));
    }

    private static String run(Path root, String... arguments) {
        List<String> lines = new ArrayList<>();
        int code = new ChrootRunner().run(root, List.of(arguments), List.of("PATH=/usr/sbin:/usr/bin"), lines::add);
        assertThat(code).as(String.join("\n", lines)).isZero();
        return String.join("\n", lines);
    }

    private static List<String> differences(Path ours, Path theirs) throws IOException {
        Map<String, String> left = describe(ours);
        Map<String, String> right = describe(theirs);
        List<String> differences = new ArrayList<>();
        TreeMap<String, String> all = new TreeMap<>(left);
        all.putAll(right);
        for (String path : all.keySet()) {
            String one = left.getOrDefault(path, "missing");
            String other = right.getOrDefault(path, "missing");
            if (!one.equals(other)) {
                if (!isExempt(DIFFERENT, path)) {
                    differences.add(path + ": ours is " + one + ", theirs is " + other);
                }
            } else if (one.startsWith("regular")
                    && !isExempt(OTHER_CONTENT, path)
                    && Files.mismatch(ours.resolve(path), theirs.resolve(path)) >= 0) {
                differences.add(path + ": has other content");
            }
        }
        return differences;
    }

    private static boolean isExempt(List<Exempt> list, String path) {
        return list.stream().anyMatch(exempt -> path.matches(exempt.path()));
    }

    /** Type, owner, mode, number of names and link target by path. */
    private static Map<String, String> describe(Path root) throws IOException {
        Map<String, String> described = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                described.put(root.relativize(file).toString(), describeOne(file));
            }
        }
        return described;
    }

    private static String describeOne(Path file) throws IOException {
        Map<String, Object> is = Files.readAttributes(file, "unix:mode,uid,gid,nlink", LinkOption.NOFOLLOW_LINKS);
        int mode = Integer.parseInt(String.valueOf(is.get("mode")));
        String owner = " " + is.get("uid") + ":" + is.get("gid") + " " + Integer.toOctalString(mode);
        if (Files.isSymbolicLink(file)) {
            return "link" + owner + " to " + Files.readSymbolicLink(file);
        }
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                ? "regular" + owner + " names " + is.get("nlink")
                : "other" + owner;
    }
}
