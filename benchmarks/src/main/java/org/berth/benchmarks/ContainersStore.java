package org.berth.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * podman, buildah or skopeo with a storage of its own, as containers/storage keeps it: unpacked layers for overlayfs.
 */
final class ContainersStore implements AutoCloseable {
    private static final String POLICY = "{\"default\":[{\"type\":\"insecureAcceptAnything\"}]}";

    private final String name;
    private final Path program;
    private final Path folder;
    private final Path run;

    /** @param folder goes with it */
    ContainersStore(String name, Path program, Path folder) throws IOException {
        this.name = name;
        this.program = program;
        this.folder = folder;
        this.run = Folders.inMemory("berth-" + name + "-"); // podman takes a path of 50 characters at most
        Files.writeString(policy(), POLICY);
    }

    String name() {
        return name;
    }

    /** Brings an image from a registry, or as "oci:FOLDER:NAME" from a layout. @return milliseconds */
    double pull(String image) throws IOException, InterruptedException {
        return isSkopeo()
                ? copy("docker://" + image, stored(image))
                : engine(List.of("pull", "--quiet", "--tls-verify=false", policyOption(), image));
    }

    /** Sends an image that is here under another name. @return milliseconds */
    double push(String image, String target) throws IOException, InterruptedException {
        return isSkopeo()
                ? copy(stored(image), "docker://" + target)
                : engine(List.of("push", "--quiet", "--tls-verify=false", policyOption(), image, "docker://" + target));
    }

    /** Builds a folder's Dockerfile without a network. @return milliseconds */
    double build(Path context, String tag, String... options) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(
                List.of("build", "--quiet", "--network=none", "--pull=never", policyOption(), "--tag", tag));
        words.addAll(List.of(options));
        words.add(context.toString());
        return engine(words);
    }

    /** Removes every image, with its layers. */
    void clear() throws IOException, InterruptedException {
        double ignored = engine(List.of("rmi", "--all", "--force"));
    }

    /** Removes an image, and the layers that it alone has. */
    void remove(String image) throws IOException, InterruptedException {
        double ignored = isSkopeo()
                ? PrivateCommand.run(program.toString(), "--insecure-policy", "delete", stored(image))
                : engine(List.of("rmi", "--force", image));
    }

    private double copy(String source, String target) throws IOException, InterruptedException {
        return PrivateCommand.run(
                program.toString(),
                "--insecure-policy",
                "copy",
                "--quiet",
                "--src-tls-verify=false",
                "--dest-tls-verify=false",
                source,
                target);
    }

    private double engine(List<String> words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                program.toString(),
                "--root=" + folder.resolve("root"),
                "--runroot=" + run.resolve("run"),
                "--storage-driver=overlay"));
        if (name.equals("podman")) {
            command.addAll(
                    List.of("--tmpdir=" + run.resolve("tmp"), "--cgroup-manager=cgroupfs", "--events-backend=none"));
        }
        command.addAll(words);
        return PrivateCommand.run(command);
    }

    private String stored(String image) {
        return "containers-storage:[overlay@" + folder.resolve("root") + "+" + run.resolve("run") + "]" + image;
    }

    private boolean isSkopeo() {
        return name.equals("skopeo");
    }

    private Path policy() {
        return folder.resolve("policy.json");
    }

    private String policyOption() {
        return "--signature-policy=" + policy();
    }

    @Override
    public void close() throws IOException {
        Folders.remove(folder);
        Folders.remove(run);
    }
}
