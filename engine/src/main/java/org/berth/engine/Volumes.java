package org.berth.engine;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Named volumes: folders in {@code BERTH_ROOT/volumes}. Stored ids are the containers' own ids. A new
 * one takes content and owner of the image's folder when it is first mounted.
 */
public interface Volumes {
    Volume create(String name, Map<String, String> labels);

    Optional<Volume> find(String name);

    List<Volume> list();

    /** CONFLICT while a container uses it. */
    void remove(String name, boolean force);

    /** @param folder where its files are, on the host */
    record Volume(String name, Path folder, Map<String, String> labels, Instant created) {}
}
