package org.berth.image.oci;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An image's configuration as a document (OCI image-spec, config.md). What Berth does not know in it is kept in the blob.
 *
 * @param created RFC 3339; "" where the document leaves it out
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@JsonPropertyOrder({"created", "architecture", "os", "config", "rootfs", "history"})
public record ConfigDocument(
        String created, String architecture, String os, Run config, Root rootfs, List<History> history) {

    public ConfigDocument(
            @Nullable String created,
            @Nullable String architecture,
            @Nullable String os,
            @Nullable Run config,
            @Nullable Root rootfs,
            @Nullable List<History> history) {
        this.created = created == null ? "" : created;
        this.architecture = architecture == null ? "" : architecture;
        this.os = os == null ? "" : os;
        this.config =
                config == null ? new Run("", null, null, null, null, null, "", null, "", null, null, null) : config;
        this.rootfs = rootfs == null ? new Root("", null) : rootfs;
        this.history = history == null ? List.of() : List.copyOf(history);
    }

    /** How a container of it runs by default. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Run(
            @JsonProperty("User") String user,
            @JsonProperty("ExposedPorts") Map<String, Map<String, String>> exposedPorts,
            @JsonProperty("Env") List<String> environment,
            @JsonProperty("Entrypoint") List<String> entrypoint,
            @JsonProperty("Cmd") List<String> command,
            @JsonProperty("Volumes") Map<String, Map<String, String>> volumes,
            @JsonProperty("WorkingDir") String workingDirectory,
            @JsonProperty("Labels") Map<String, String> labels,
            @JsonProperty("StopSignal") String stopSignal,
            @JsonProperty("Healthcheck") Optional<Health> health,
            @JsonProperty("OnBuild") List<String> onBuild,
            @JsonProperty("Shell") List<String> shell) {

        public Run(
                @Nullable String user,
                @Nullable Map<String, Map<String, String>> exposedPorts,
                @Nullable List<String> environment,
                @Nullable List<String> entrypoint,
                @Nullable List<String> command,
                @Nullable Map<String, Map<String, String>> volumes,
                @Nullable String workingDirectory,
                @Nullable Map<String, String> labels,
                @Nullable String stopSignal,
                @Nullable Optional<Health> health,
                @Nullable List<String> onBuild,
                @Nullable List<String> shell) {
            this.user = user == null ? "" : user;
            this.exposedPorts = exposedPorts == null ? Map.of() : exposedPorts;
            this.environment = environment == null ? List.of() : List.copyOf(environment);
            this.entrypoint = entrypoint == null ? List.of() : List.copyOf(entrypoint);
            this.command = command == null ? List.of() : List.copyOf(command);
            this.volumes = volumes == null ? Map.of() : volumes;
            this.workingDirectory = workingDirectory == null ? "" : workingDirectory;
            this.labels = labels == null ? Map.of() : labels;
            this.stopSignal = stopSignal == null ? "" : stopSignal;
            this.health = health == null ? Optional.empty() : health;
            this.onBuild = onBuild == null ? List.of() : List.copyOf(onBuild);
            this.shell = shell == null ? List.of() : List.copyOf(shell);
        }
    }

    /** How a container of it is probed: Docker's addition. Times in nanoseconds; 0 where it is left out. */
    @JsonInclude(JsonInclude.Include.NON_DEFAULT)
    public record Health(
            @JsonProperty("Test") List<String> test,
            @JsonProperty("Interval") long interval,
            @JsonProperty("Timeout") long timeout,
            @JsonProperty("StartPeriod") long startPeriod,
            @JsonProperty("StartInterval") long startInterval,
            @JsonProperty("Retries") int retries) {
        public Health(
                @Nullable List<String> test,
                long interval,
                long timeout,
                long startPeriod,
                long startInterval,
                int retries) {
            this.test = test == null ? List.of() : List.copyOf(test);
            this.interval = interval;
            this.timeout = timeout;
            this.startPeriod = startPeriod;
            this.startInterval = startInterval;
            this.retries = retries;
        }
    }

    /**
     * What the root is made of.
     *
     * @param diffIds digests of the uncompressed layers, the lowest first
     */
    public record Root(
            String type, @JsonProperty("diff_ids") List<String> diffIds) {
        public Root(@Nullable String type, @Nullable List<String> diffIds) {
            this.type = type == null ? "" : type;
            this.diffIds = diffIds == null ? List.of() : List.copyOf(diffIds);
        }
    }

    /** How the image came to be, step by step. */
    @JsonInclude(JsonInclude.Include.NON_DEFAULT)
    public record History(
            String created,
            @JsonProperty("created_by") String createdBy,
            @JsonProperty("empty_layer") boolean emptyLayer) {
        public History(@Nullable String created, @Nullable String createdBy, boolean emptyLayer) {
            this.created = created == null ? "" : created;
            this.createdBy = createdBy == null ? "" : createdBy;
            this.emptyLayer = emptyLayer;
        }
    }
}
