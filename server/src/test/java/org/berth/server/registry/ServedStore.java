package org.berth.server.registry;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.Bootstrap;
import org.berth.image.LocalImages;
import org.berth.image.Reference;
import org.berth.image.registry.RegistrySettings;

/** A store, and its registry on a loopback port. */
record ServedStore(LocalImages images, RegistryListener registry) implements AutoCloseable {
    static ServedStore open(Instance instance, PushAccess access) {
        LocalImages images = images(instance);
        return new ServedStore(images, RegistryListener.open(images.served(), "0", access));
    }

    /** A store alone. */
    static LocalImages images(Instance instance) {
        return images(
                instance,
                new RegistrySettings(
                        Map.of(),
                        instance.root().resolve("no-credentials.json"),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(30)));
    }

    /** A store that reaches registries in a way of its own. */
    static LocalImages images(Instance instance, RegistrySettings registries) {
        return new LocalImages(instance, new NoBootstrap(), registries, InstantSource.system());
    }

    /** Another store beside an instance's own. */
    static Instance second(Instance instance) {
        return new Instance(instance.root().resolveSibling("second"), instance.run());
    }

    /** The name of an image on this registry. */
    Reference name(String name) {
        return Reference.parse(registry.name() + "/" + name);
    }

    @Override
    public void close() {
        registry.close();
        images.close();
    }

    private static final class NoBootstrap implements Bootstrap {
        @Override
        public boolean supports(Reference reference) {
            return false;
        }

        @Override
        public void bootstrap(Reference reference, java.nio.file.Path emptyFolder, Progress progress) {
            throw new BerthException(ErrorCode.UNSUPPORTED, "nothing is bootstrapped");
        }
    }
}
