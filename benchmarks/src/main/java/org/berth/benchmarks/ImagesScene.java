package org.berth.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** What the comparisons of images need: registries, the image, engines with nothing in their stores. */
final class ImagesScene implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final BenchDisk disk;
    private final LoopbackRegistry target;
    private final SampleImage image;
    private final BerthNode berth;
    private final Optional<DockerNode> docker;
    private final List<ContainersStore> stores = new ArrayList<>();

    /** @param maker a daemon that has Debian's image */
    ImagesScene(String launcher, BerthNode maker, Path registry, Path skopeo) throws Exception {
        try {
            disk = keep(BenchDisk.make());
            LoopbackRegistry source = keep(LoopbackRegistry.start(registry, disk.folder("source-")));
            target = keep(LoopbackRegistry.start(registry, disk.folder("target-")));
            image = keep(SampleImage.make(skopeo, maker, source, disk.folder("sample-")));
            berth = keep(BerthNode.start(launcher, disk.folder("berth-")));
            Optional<Path> dockerd = Peers.find("dockerd");
            docker = dockerd.isEmpty()
                    ? Optional.empty()
                    : Optional.of(keep(DockerNode.onLoopback(dockerd.get(), disk.folder("docker-"))));
            for (String name : List.of("buildah", "podman", "skopeo")) {
                Optional<Path> program = Peers.find(name);
                if (program.isPresent()) {
                    stores.add(keep(new ContainersStore(name, program.get(), disk.folder(name + "-"))));
                }
            }
            berth.settle();
        } catch (Exception e) {
            try {
                close();
            } catch (IOException more) {
                e.addSuppressed(more);
            }
            throw e;
        }
    }

    private <T extends AutoCloseable> T keep(T part) {
        open.push(part);
        return part;
    }

    BenchDisk disk() {
        return disk;
    }

    BerthNode berth() {
        return berth;
    }

    Optional<DockerNode> docker() {
        return docker;
    }

    List<ContainersStore> stores() {
        return stores;
    }

    Optional<ContainersStore> store(String name) {
        return stores.stream().filter(store -> store.name().equals(name)).findFirst();
    }

    /** Those that are spoken to by docker's interface. */
    List<EngineApi> engines() {
        List<EngineApi> engines = new ArrayList<>(List.of(berth.api()));
        docker.ifPresent(node -> engines.add(node.api()));
        return engines;
    }

    SampleImage image() {
        return image;
    }

    /** Takes what is pushed. */
    LoopbackRegistry target() {
        return target;
    }

    @Override
    public void close() throws IOException {
        IOException failure = new IOException("the benchmark can't be cleaned up");
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                failure.addSuppressed(e);
            }
        }
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }
}
