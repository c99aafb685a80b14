package org.berth.builder;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.berth.image.Image;
import org.berth.image.ImageConfig;

/**
 * An image on its way: what the next step is done to.
 *
 * @param layers diff ids, the lowest first
 * @param history how each layer was made
 */
record BuildState(ImageConfig config, List<String> layers, List<String> history) {
    BuildState {
        layers = List.copyOf(layers);
        history = List.copyOf(history);
    }

    /** Nothing: FROM scratch. */
    static BuildState scratch(String architecture) {
        return new BuildState(
                new ImageConfig(
                        architecture,
                        Instant.EPOCH,
                        List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                        List.of(),
                        List.of(),
                        "",
                        "",
                        java.util.Set.of(),
                        java.util.Set.of(),
                        Map.of(),
                        ""),
                List.of(),
                List.of());
    }

    /** An image to go on from. */
    static BuildState of(Image image, String name) {
        List<String> history = new ArrayList<>();
        for (int i = 0; i < image.layers().size(); i++) {
            history.add("FROM " + name);
        }
        return new BuildState(image.config(), image.layers(), history);
    }

    /** With one more layer, made at that time. */
    BuildState withLayer(String diffId, String how, Instant made) {
        List<String> more = new ArrayList<>(layers);
        more.add(diffId);
        List<String> said = new ArrayList<>(history);
        said.add(how);
        return new BuildState(new ConfigEditor(config).created(made).config(), more, said);
    }

    /** What a step depends on that is a layer of its own: nothing but what runs it. */
    BuildState forLink() {
        return new BuildState(scratch(config.architecture()).config(), List.of(), List.of());
    }

    BuildState with(ImageConfig changed) {
        return new BuildState(changed, layers, history);
    }

    /** The environment by name, in its order. */
    Map<String, String> environment() {
        return environment(config);
    }

    /** A configuration's environment by name, in its order. */
    static Map<String, String> environment(ImageConfig config) {
        Map<String, String> environment = new LinkedHashMap<>();
        for (String pair : config.environment()) {
            int equals = pair.indexOf('=');
            environment.put(
                    equals < 0 ? pair : pair.substring(0, equals), equals < 0 ? "" : pair.substring(equals + 1));
        }
        return environment;
    }
}
