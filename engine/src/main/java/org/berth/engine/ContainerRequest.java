package org.berth.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.network.Networks.PublishedPort;
import org.berth.runtime.Resources;

/**
 * What a user asks of a container; what is empty comes from its image.
 *
 * @param name its name, {@code [a-zA-Z0-9][a-zA-Z0-9_.-]*}; empty for one that we choose
 * @param image a reference or an id, in the store already
 * @param entrypoint empty list inside the Optional: no entrypoint
 * @param command arguments, or program when there is no entrypoint
 * @param environment NAME=value, over the image's
 * @param user "", "name", "uid", "uid:gid"
 * @param hostname empty for the id's first twelve digits
 * @param mounts volumes, host folders, memory
 * @param secrets files below /run/secrets, on a file system in memory
 * @param networks empty: the network "bridge"; see {@code networkMode}
 * @param networkMode own networks, none, or the host's
 * @param ports published by this container alone; a service's are published by control
 * @param openInput standard input is kept open for attach
 * @param closeInputOnce standard input closes when the first attached client goes
 * @param restart what happens when it ends (the engine's own policy; control uses NO)
 * @param userRange whose range of ids it has for its own: containers that say the same share one, "" is the instance's;
 *     empty: it has the machine's ids, its root is the machine's. On the host's network that is so in any case
 * @param seccomp empty: the standard filter of system calls; "unconfined": none; else a profile in docker's format
 * @param runtime another OCI runtime, by its name or its program's path; its containers have the machine's ids.
 *     Empty: Berth's own
 * @param jail in what its jail is to differ from the standard one; empty: {@link JailRequest#STANDARD}
 */
public record ContainerRequest(
        Optional<String> name,
        String image,
        Optional<List<String>> entrypoint,
        Optional<List<String>> command,
        List<String> environment,
        Optional<String> user,
        Optional<String> workingDirectory,
        Optional<String> hostname,
        Map<String, String> labels,
        List<Mount> mounts,
        List<Secret> secrets,
        NetworkMode networkMode,
        List<NetworkAttachment> networks,
        List<PublishedPort> ports,
        Resources resources,
        Optional<HealthCheck> healthCheck,
        RestartPolicy restart,
        boolean terminal,
        boolean openInput,
        boolean closeInputOnce,
        boolean autoRemove,
        boolean init,
        boolean readOnlyRoot,
        Optional<String> stopSignal,
        Optional<Duration> stopGrace,
        Optional<String> userRange,
        Optional<String> seccomp,
        Optional<String> runtime,
        Optional<JailRequest> jail) {
    /** How Berth's own runtime is called. */
    public static final String OWN_RUNTIME = "berth";

    /** One of this image to be described further; without that it is as the image has it, on the network "bridge". */
    public static ContainerRequestBuilder of(String image) {
        return new ContainerRequestBuilder(image);
    }

    /** This one to be changed; it stays as it is itself. */
    public ContainerRequestBuilder change() {
        return new ContainerRequestBuilder(this);
    }

    /** A mount; targets are absolute paths in the container. */
    public sealed interface Mount {
        String target();

        /** A named volume; made when it is missing. {@code name} empty: an anonymous one. */
        record Volume(String name, String target, boolean readOnly) implements Mount {}

        /** A folder or file of the host, which must exist. */
        record Bind(Path source, String target, boolean readOnly) implements Mount {}

        /** Memory; options as mount(8) has them for tmpfs, "" for none. */
        record Memory(String target, String options) implements Mount {}
    }

    /** A file below /run/secrets; its content is kept in no image, log or argument. */
    public record Secret(String name, Path source, long uid, long gid, int mode) {}

    /** @param aliases more names for it in that network's DNS */
    public record NetworkAttachment(String network, Set<String> aliases) {}

    /** Which network namespace it gets. */
    public enum NetworkMode {
        NETWORKS,
        NONE,
        HOST
    }

    /**
     * When a container starts again after it ended.
     *
     * @param maximumRetries for ON_FAILURE; 0 for no bound
     */
    public record RestartPolicy(Kind kind, int maximumRetries) {
        public static final RestartPolicy NO = new RestartPolicy(Kind.NO, 0);

        public enum Kind {
            NO,
            ALWAYS,
            UNLESS_STOPPED,
            ON_FAILURE
        }
    }

    /**
     * A command run in the container now and then; exit code 0 is healthy.
     *
     * @param test program and arguments; a shell form is {"/bin/sh", "-c", text} already
     */
    public record HealthCheck(
            List<String> test,
            Duration interval,
            Duration timeout,
            int retries,
            Duration startPeriod,
            Duration startInterval) {}
}
