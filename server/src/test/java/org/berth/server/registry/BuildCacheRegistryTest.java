package org.berth.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.builder.BuildOptions;
import org.berth.builder.BuildRequest;
import org.berth.builder.Builder;
import org.berth.builder.cache.CachePlace;
import org.berth.engine.ContainerState;
import org.berth.engine.Containers;
import org.berth.engine.Engine;
import org.berth.engine.Events;
import org.berth.engine.LocalEngine;
import org.berth.engine.Volumes;
import org.berth.image.Image;
import org.berth.image.Images;
import org.berth.image.LocalImages;
import org.berth.network.Networks;
import org.berth.server.fixture.HostImage;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A build's steps in the embedded registry: another machine, which can run nothing, has the image by them. */
@KernelTest
class BuildCacheRegistryTest {
    @TempDir
    private Path folder;

    @Test
    void anotherMachineDoesNoStepThatTheRegistryHas(Instance instance) throws Exception {
        Instance third = new Instance(instance.root().resolveSibling("third"), instance.run());
        try (LocalEngine engine = LocalEngine.open(instance, Map.of());
                ServedStore registry = ServedStore.open(third, new PushAccess.Anybody());
                LocalImages other = ServedStore.images(ServedStore.second(instance))) {
            engine.restore();
            try {
                HostImage.store(engine.images());
                engine.images()
                        .tag(engine.images().find(HostImage.NAME).orElseThrow().id(), registry.name("base:1"));
                engine.images().push(registry.name("base:1"), Optional.empty(), Progress.SILENT);
                Files.writeString(folder.resolve("Dockerfile"), """
                        FROM %s AS maker
                        RUN echo made > /made
                        FROM %1$s
                        COPY --from=maker /made /made
                        RUN echo last > /last
                        """.formatted(
                                registry.name("base:1").full()));
                Builder builder = new Builder(instance, engine, Map.of());
                String cache =
                        "type=registry,ref=" + registry.name("team/app:cache").full();
                Image made = builder.build(
                        request(BuildOptions.NONE.with(
                                List.of(CachePlace.from(cache)), List.of(CachePlace.Export.of(cache + ",mode=max")))),
                        Progress.SILENT);
                List<Progress.Step> said = Collections.synchronizedList(new ArrayList<>());
                Builder second = new Builder(ServedStore.second(instance), new ImagesAlone(other), Map.of());
                Image there = second.build(
                        request(BuildOptions.NONE.with(List.of(CachePlace.from(cache)), List.of())), said::add);
                assertThat(there.id()).isEqualTo(made.id());
                assertThat(said.stream().map(Progress.Step::status).filter(text -> text.endsWith("(cached)")))
                        .hasSize(3);
                assertThatThrownBy(() -> other.pull(registry.name("team/app:cache"), Progress.SILENT))
                        .isInstanceOf(BerthException.class); // it is a cache and no image
            } finally {
                for (ContainerState state : engine.containers().list()) {
                    engine.containers().remove(state.id(), true, true);
                }
                engine.networks().list().forEach(network -> engine.networks().remove(network.id()));
            }
        }
    }

    private BuildRequest request(BuildOptions options) {
        return new BuildRequest(
                folder, Optional.empty(), Optional.empty(), Map.of(), List.of("built"), false, false, options);
    }

    /** An engine that can run nothing. */
    private record ImagesAlone(Images images) implements Engine {
        @Override
        public Containers containers() {
            throw nothing();
        }

        @Override
        public Networks networks() {
            throw nothing();
        }

        @Override
        public Volumes volumes() {
            throw nothing();
        }

        @Override
        public Events events() {
            throw nothing();
        }

        @Override
        public void restore() {}

        @Override
        public void close() {}

        private static BerthException nothing() {
            return new BerthException(ErrorCode.UNSUPPORTED, "nothing is run here");
        }
    }
}
