package org.berth.server.docker;

import static org.berth.server.docker.JsonObject.object;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.berth.base.Instance;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.engine.ContainerState;
import org.berth.engine.ContainerState.Status;
import org.berth.engine.Engine;
import org.berth.engine.Volumes.Volume;
import org.berth.image.Image;
import org.berth.runtime.Runtimes;
import org.berth.server.http.Api;
import org.berth.server.http.Exchange;
import org.berth.server.http.Routes;

/** Ping, version, info, disk usage. */
final class SystemEndpoints {
    private final Instance instance;
    private final Engine engine;
    private final String version;
    private final InstantSource clock;

    SystemEndpoints(Instance instance, Engine engine, String version, InstantSource clock) {
        this.instance = instance;
        this.engine = engine;
        this.version = version;
        this.clock = clock;
    }

    void register(Routes routes) {
        routes.add("GET", "/_ping", exchange -> ping(exchange).text(200, "OK"))
                .add("HEAD", "/_ping", exchange -> ping(exchange).text(200, "OK"))
                .add("GET", "/version", exchange -> exchange.json(200, version()))
                .add("GET", "/info", exchange -> exchange.json(200, info()))
                // what builds keep belongs to images, and goes with them; parts of blobs are kept for what may come
                .add(
                        "POST",
                        "/build/prune",
                        exchange -> exchange.json(
                                200,
                                object().with("CachesDeleted", List.of())
                                        .with("SpaceReclaimed", engine.images().tidy())
                                        .map()))
                .add("GET", "/system/df", exchange -> exchange.json(200, diskUsage()));
    }

    private static Exchange ping(Exchange exchange) {
        return exchange.with("Cache-Control", "no-cache, no-store, must-revalidate")
                .with("Pragma", "no-cache")
                .with("Builder-Version", "1")
                .with("Swarm", "inactive");
    }

    private Map<String, Object> version() {
        return object().with("Platform", Map.of("Name", "Berth"))
                .with(
                        "Components",
                        List.of(object().with("Name", "Engine")
                                .with("Version", version)
                                .with(
                                        "Details",
                                        object().with("ApiVersion", Api.VERSION)
                                                .with("MinAPIVersion", Api.VERSION_MIN)
                                                .with("Os", "linux")
                                                .with("Arch", "amd64")
                                                .with("KernelVersion", HostFacts.kernel())
                                                .with("Experimental", "false")
                                                .with("Java", Runtime.version().toString())
                                                .map())
                                .map()))
                .with("Version", version)
                .with("ApiVersion", Api.VERSION)
                .with("MinAPIVersion", Api.VERSION_MIN)
                .with("GitCommit", "")
                .with("GoVersion", "")
                .with("Os", "linux")
                .with("Arch", "amd64")
                .with("KernelVersion", HostFacts.kernel())
                .with("BuildTime", "")
                .map();
    }

    private Map<String, Object> info() {
        List<ContainerState> all = engine.containers().list();
        return object().with("ID", instance.tag())
                .with("Name", HostFacts.hostname())
                .with("ServerVersion", version)
                .with("Containers", all.size())
                .with("ContainersRunning", count(all, Status.RUNNING))
                .with("ContainersPaused", count(all, Status.PAUSED))
                .with("ContainersStopped", all.size() - count(all, Status.RUNNING) - count(all, Status.PAUSED))
                .with("Images", engine.images().list().size())
                .with("Driver", "overlay2")
                .with("DriverStatus", List.of())
                .with("DockerRootDir", instance.root().toString())
                .with(
                        "Plugins",
                        object().with("Volume", List.of("local"))
                                .with("Network", List.of("bridge", "host", "none"))
                                .with("Authorization", List.of())
                                .with("Log", List.of("local"))
                                .map())
                .with("MemoryLimit", true)
                .with("SwapLimit", true)
                .with("CpuCfsPeriod", true)
                .with("CpuCfsQuota", true)
                .with("PidsLimit", true)
                .with("OomKillDisable", false)
                .with("IPv4Forwarding", true)
                .with("LoggingDriver", "local")
                .with("CgroupDriver", "cgroupfs")
                .with("CgroupVersion", HostFacts.unifiedCgroups() ? "2" : "1")
                .with("KernelVersion", HostFacts.kernel())
                .with("OperatingSystem", HostFacts.operatingSystem())
                .with("OSType", "linux")
                .with("Architecture", "x86_64")
                .with("NCPU", Runtime.getRuntime().availableProcessors())
                .with("MemTotal", HostFacts.memoryBytes())
                .with("IndexServerAddress", "")
                .with("DefaultRuntime", "berth")
                .with(
                        "Runtimes",
                        Runtimes.installed().stream()
                                .collect(Collectors.toMap(name -> name, name -> Map.of("path", name))))
                .with(
                        "Swarm",
                        object().with("NodeID", "")
                                .with("LocalNodeState", "inactive")
                                .map())
                .with("LiveRestoreEnabled", true)
                .with("SecurityOptions", List.of("name=seccomp,profile=builtin", "name=no-new-privileges"))
                .with("SystemTime", Times.text(clock.instant()))
                .with("Labels", List.of())
                .with("ExperimentalBuild", false)
                .with("Warnings", engine.warnings())
                .map();
    }

    private static int count(List<ContainerState> all, Status status) {
        return (int) all.stream().filter(state -> state.status() == status).count();
    }

    private Map<String, Object> diskUsage() {
        List<Image> images = engine.images().list();
        ImageNames names = ImageNames.now(engine.images());
        ServicePorts ofServices = new ServicePorts(engine.networks().published());
        return object().with("LayersSize", engine.images().usage().bytes())
                .with(
                        "Images",
                        images.stream()
                                .map(image -> ImageJson.summary(image, users(image.id()), shared(image, images)))
                                .toList())
                .with(
                        "Containers",
                        engine.containers().list().stream()
                                .map(state -> {
                                    Map<String, Object> json = new LinkedHashMap<>(ContainerJson.summary(
                                            state, VolumeFolders.of(engine), names, ofServices, clock.instant()));
                                    json.put("SizeRw", engine.images().snapshotBytes(state.id()));
                                    return json;
                                })
                                .toList())
                .with(
                        "Volumes",
                        engine.volumes().list().stream().map(this::volumeUsage).toList())
                .with("BuildCache", List.of())
                .map();
    }

    /** Bytes of those of an image's layers that others have, too. */
    private long shared(Image image, List<Image> all) {
        Set<String> ofOthers = all.stream()
                .filter(other -> !other.id().equals(image.id()))
                .flatMap(other -> other.layers().stream())
                .collect(Collectors.toSet());
        return image.layers().stream()
                .filter(ofOthers::contains)
                .mapToLong(engine.images()::layerBytes)
                .sum();
    }

    private Map<String, Object> volumeUsage(Volume volume) {
        long users = engine.containers().list().stream()
                .flatMap(state -> state.request().mounts().stream())
                .filter(mount ->
                        mount instanceof Mount.Volume named && named.name().equals(volume.name()))
                .count();
        Map<String, Object> json = VolumeEndpoints.json(volume);
        json.put(
                "UsageData",
                object().with("Size", size(volume.folder()))
                        .with("RefCount", users)
                        .map());
        return json;
    }

    /** Bytes of a folder's files; -1, "not known", where it can't be walked to the end. */
    private static long size(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            long bytes = 0;
            for (Path file : (Iterable<Path>) files::iterator) {
                bytes += Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) ? Files.size(file) : 0;
            }
            return bytes;
        } catch (IOException | UncheckedIOException e) {
            return -1;
        }
    }

    private long users(String imageId) {
        return engine.containers().list().stream()
                .filter(state -> state.imageId().equals(imageId))
                .count();
    }
}
