package org.berth.linux.rootless;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.berth.base.Instance;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/**
 * A program of the user nobody, in a mount namespace where that user has subordinate ids and may open /dev/net/tun. Its
 * classes are copied to where that user can read them.
 */
@KernelTest
class RootlessKernelTest {
    private static final String USER = "65534";
    private static final int OUTPUT_MAX = 100_000;

    /** $1 the folder with the files to show, $2 the user; then the command. */
    private static final String AS_USER = """
            mount --make-rprivate /
            mount --bind "$1/subuid" /etc/subuid && mount --bind "$1/subgid" /etc/subgid || exit 70
            [ ! -e /dev/net/tun ] || mount --bind "$1/tun" /dev/net/tun || exit 70
            user=$2
            shift 2
            exec setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
            """;

    @Test
    void withoutHelpersItIsRootAndNobodyElse(Instance instance) throws Exception {
        Map<String, String> said = run(instance, Map.of("PATH", "/nonexistent"), "a b", "c");
        assertThat(said).containsEntry("machine's", "false").containsEntry("user", "0");
        assertThat(said).containsEntry("last group", "0").containsEntry("kept", "false");
        assertThat(said).containsEntry("interfaces", "[lo]");
        assertThat(said.get("warning"))
                .contains("one user id")
                .contains("newuidmap")
                .contains("slirp4netns is not installed");
    }

    @Test
    void itGoesOnAsTheSameProgramInNamespacesOfItsOwn(Instance instance) throws Exception {
        Map<String, String> said =
                run(instance, Map.of("PATH", "/nonexistent", "PROBE", "kept as it was"), "a b", "", "c");
        assertThat(said).containsEntry("arguments", "a b||c").containsEntry("variable", "kept as it was");
        assertThat(said).containsEntry("folder", "/tmp");
        List<String> namespaces = List.of(said.get("namespaces").split(" ", -1));
        for (int i = 0; i < namespaces.size(); i++) {
            Path own = Path.of("/proc/self/ns", List.of("user", "mnt", "net").get(i));
            assertThat(namespaces.get(i))
                    .isNotEqualTo(Files.readSymbolicLink(own).toString());
        }
    }

    @Test
    void theNextOneEntersTheNamespacesThatAreKept(Instance instance) throws Exception {
        Map<String, String> first = run(instance, Map.of("PATH", "/nonexistent"), "stay");
        assertThat(first).containsEntry("kept", "true");
        Map<String, String> second = run(instance, Map.of("PATH", "/nonexistent"));
        assertThat(second.get("namespaces")).isEqualTo(first.get("namespaces"));
        assertThat(second).doesNotContainKey("warning").containsEntry("kept", "false");
        Map<String, String> third = run(instance, Map.of("PATH", "/nonexistent"));
        assertThat(third.get("namespaces")).isNotEqualTo(first.get("namespaces"));
    }

    @Test
    void subordinateIdsAndANetworkAreTheUsers(Instance instance) throws Exception {
        String path = "/usr/bin:/bin";
        assumeTrue(IdHelpers.find("newuidmap", path).isPresent(), "newuidmap is missing");
        assumeTrue(UserNetwork.installed(path).isPresent(), "slirp4netns is missing");
        assumeTrue(Files.exists(Path.of("/dev/net/tun")), "/dev/net/tun is missing");
        Map<String, String> said = run(instance, Map.of("PATH", path));
        assertThat(said).doesNotContainKey("warning");
        assertThat(said).containsEntry("last group", "65536").containsEntry("kept", "false");
        assertThat(said.get("interfaces")).contains("lo").contains("tap0");
        assertThat(said).containsEntry("resolver", "nameserver 10.0.2.3");
    }

    private static Map<String, String> run(Instance instance, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        Path top = instance.run().getParent();
        Path files = prepare(top, instance);
        List<String> command = new ArrayList<>(List.of("/usr/bin/unshare", "--mount", "/bin/sh", "-c", AS_USER, "sh"));
        command.addAll(List.of(files.toString(), USER, System.getProperty("java.home") + "/bin/java"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-cp"));
        command.addAll(List.of(classes(files), RootlessProbe.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).directory(new File("/tmp"));
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
        builder.environment().putAll(environment);
        builder.environment().put("BERTH_ROOT", instance.root().toString());
        builder.environment().put("BERTH_RUN", instance.run().toString());
        // the shell finds its programs itself; the user's PATH is what is tried
        builder.command()
                .set(
                        builder.command().indexOf(AS_USER),
                        "PATH=/usr/bin:/bin:/usr/sbin:/sbin\n"
                                + AS_USER.replace(
                                        "exec setpriv",
                                        "PATH='" + environment.get("PATH") + "' exec /usr/bin/setpriv"));
        Process process = builder.start();
        String output;
        try (var stream = process.getInputStream()) {
            output = new String(stream.readNBytes(OUTPUT_MAX), StandardCharsets.UTF_8);
        }
        assertThat(process.waitFor()).as(output).isZero();
        return parse(output);
    }

    private static Path prepare(Path top, Instance instance) throws IOException, InterruptedException {
        Files.setPosixFilePermissions(top, PosixFilePermissions.fromString("rwx--x--x"));
        for (Path folder : List.of(instance.root(), instance.run())) {
            Files.createDirectories(folder);
            Files.setAttribute(folder, "unix:uid", Integer.parseInt(USER));
        }
        Path files = Files.createDirectories(top.resolve("files"));
        Files.setPosixFilePermissions(files, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(files.resolve("subuid"), "nobody:300000:65536\n");
        Files.writeString(files.resolve("subgid"), "nobody:300000:65536\n");
        if (!Files.exists(files.resolve("tun"))) {
            Process made = new ProcessBuilder(
                            "mknod", "-m", "666", files.resolve("tun").toString(), "c", "10", "200")
                    .inheritIO()
                    .start();
            assertThat(made.waitFor()).isZero();
        }
        return files;
    }

    private static String classes(Path files) throws IOException {
        List<String> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(":", -1)) {
            Path source = Path.of(entry);
            if (Files.isDirectory(source) || entry.contains("berth-")) {
                Path copy = files.resolve("classes-" + copies.size());
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
                Path copy = target.resolve(source.relativize(each).toString());
                Files.copy(each, copy);
                Files.setPosixFilePermissions(
                        copy, PosixFilePermissions.fromString(Files.isDirectory(copy) ? "rwxr-xr-x" : "rw-r--r--"));
            }
        }
    }

    /** "user 0" by the longest key that it begins with. */
    private static Map<String, String> parse(String output) {
        Map<String, String> said = new LinkedHashMap<>();
        for (String line : output.lines().toList()) {
            int end = line.startsWith("last group ") ? "last group".length() : line.indexOf(' ');
            if (end > 0) {
                said.merge(line.substring(0, end), line.substring(end + 1), (one, other) -> one + "\n" + other);
            }
        }
        return said;
    }
}
