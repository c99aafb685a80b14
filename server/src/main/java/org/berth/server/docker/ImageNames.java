package org.berth.server.docker;

import java.util.HashMap;
import java.util.Map;
import org.berth.engine.ContainerState;
import org.berth.image.Image;
import org.berth.image.Images;

/**
 * What people call the image of a container: as it was asked for, and where that was an id (as control
 * asks), by a name that the image has.
 */
@FunctionalInterface
interface ImageNames {
    /** The name, or what was asked for. */
    String of(ContainerState state);

    /** By the names that images have now. */
    static ImageNames now(Images images) {
        Map<String, String> names = new HashMap<>();
        for (Image image : images.list()) {
            ImageJson.tags(image).stream().findFirst().ifPresent(tag -> names.put(image.id(), tag));
        }
        return state -> {
            String asked = state.request().image();
            return asked.equals(state.imageId()) ? names.getOrDefault(asked, asked) : asked;
        };
    }
}
