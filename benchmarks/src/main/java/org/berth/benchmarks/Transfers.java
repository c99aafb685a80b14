package org.berth.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.berth.benchmarks.ImagesBench.Field;
import org.berth.benchmarks.Rounds.Contender;

/** Pulls and pushes of the sample image, each into and out of an engine's own storage. */
final class Transfers {
    private static final String WANTED = "docker, podman, buildah, skopeo";

    private final ImagesScene scene;
    private final String image;

    Transfers(ImagesScene scene) {
        this.scene = scene;
        this.image = scene.image().name();
    }

    /** From the registry into a store that has nothing of it. */
    Field pulls() {
        List<Contender> peers = new ArrayList<>();
        scene.docker().ifPresent(docker -> peers.add(pull("docker", docker.api())));
        for (ContainersStore store : scene.stores()) {
            peers.add(
                    new Contender(store.name(), Contender.NOTHING, () -> store.pull(image), () -> store.remove(image)));
        }
        return new Field(pull("berth", scene.berth().api()), peers, WANTED, Contender.NOTHING);
    }

    private Contender pull(String name, EngineApi api) {
        return Contender.of(name, () -> api.pull(image), () -> api.removeImage(image));
    }

    /** Of an image that was pulled, to a registry that has nothing. */
    Field pushes() throws Exception {
        String target = scene.target().image("bench/debian");
        List<Contender> peers = new ArrayList<>();
        if (scene.docker().isPresent()) {
            peers.add(push("docker", scene.docker().get().api(), target));
        }
        for (ContainersStore store : scene.stores()) {
            double ignored = store.pull(image);
            peers.add(new Contender(
                    store.name(), Contender.NOTHING, () -> store.push(image, target), scene.target()::forget));
        }
        Contender ours = push("berth", scene.berth().api(), target);
        return new Field(ours, peers, WANTED, () -> removeAll(target));
    }

    private Contender push(String name, EngineApi api, String target) throws Exception {
        api.pull(image);
        api.tag(image, target);
        return Contender.of(name, () -> api.push(target), scene.target()::forget);
    }

    private void removeAll(String target) throws Exception {
        for (EngineApi api : scene.engines()) {
            api.removeImage(target);
            api.removeImage(image);
        }
        for (ContainersStore store : scene.stores()) {
            store.remove(image);
        }
    }
}
