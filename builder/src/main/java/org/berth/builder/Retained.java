package org.berth.builder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.base.StoredRecords;
import org.berth.engine.Engine;
import org.berth.image.Image;
import org.berth.image.Images;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Nameless images that stay for their layers: what a build had made when it failed, stages that are
 * not the last, images whose name went to a newer one. A bounded number; the oldest go first, unless
 * a container uses them.
 */
final class Retained {
    private static final int IMAGES_MAX = 24;
    private static final int VERSION = 1;
    private static final String REMEDY = "it is written anew";
    private static final JsonMapper MAPPER = StoredRecords.strict(Json.MAPPER);
    private static final Logger LOG = LoggerFactory.getLogger(Retained.class);

    private final Path file;
    private final Engine engine;
    private final Images images;

    Retained(Path file, Engine engine) {
        this.file = file;
        this.engine = engine;
        this.images = engine.images();
    }

    private record Kept(List<String> images) {}

    /** Keeps those that are not kept yet. */
    synchronized void adopt(List<String> found) {
        List<String> known = read();
        found.stream().filter(id -> !known.contains(id)).forEach(this::keep);
    }

    /** Keeps an image as the newest. */
    synchronized void keep(String id) {
        List<String> ids = new ArrayList<>(read());
        ids.remove(id);
        ids.add(id);
        List<String> left = new ArrayList<>();
        int surplus = ids.size() - IMAGES_MAX;
        for (String one : ids) {
            if (surplus > 0 && (isNamed(one) || removed(one))) {
                surplus--;
            } else {
                left.add(one);
            }
        }
        write(left);
    }

    /** Removes an image; one that a container uses is kept until {@link #tidy} or a newer one finds it unused. */
    synchronized void letGo(String id) {
        if (!removed(id)) {
            keep(id);
        }
    }

    /**
     * Lets go of step images whose layers are safe without them, and forgets what is gone. Images of builds on their way
     * count for nothing: they go with their build.
     */
    synchronized void tidy() {
        List<String> ids = read();
        List<Image> all = images.list();
        List<String> left = new ArrayList<>(ids);
        for (String id : ids) {
            Optional<Image> image =
                    all.stream().filter(one -> one.id().equals(id)).findFirst();
            if (image.isEmpty() || (isNeedless(image.get(), all, left) && removed(id))) {
                left.remove(id);
            }
        }
        if (!left.equals(ids)) {
            write(left);
        }
    }

    private static boolean isNeedless(Image image, List<Image> all, List<String> kept) {
        return image.isIntermediate()
                && all.stream()
                        .filter(other -> !other.id().equals(image.id()))
                        .filter(other -> !other.isIntermediate() || kept.contains(other.id()))
                        .flatMap(other -> other.layers().stream())
                        .collect(Collectors.toSet())
                        .containsAll(image.layers());
    }

    private boolean isNamed(String id) {
        return images.find(id)
                .map(Image::names)
                .filter(names -> !names.isEmpty())
                .isPresent();
    }

    /**
     * Whether the image is gone. By force, for the store sees a user in whoever has the same layers: a step of another
     * build on the same base. Layers in use stay anyway; a container's own image is not touched.
     */
    private boolean removed(String id) {
        if (images.find(id).isEmpty()) {
            return true;
        }
        if (isUsed(id)) {
            return false;
        }
        try {
            images.remove(id, true);
            return true;
        } catch (BerthException e) {
            return e.code() == ErrorCode.NOT_FOUND;
        }
    }

    private boolean isUsed(String id) {
        return engine.containers().list().stream()
                .anyMatch(container -> container.imageId().equals(id));
    }

    private void write(List<String> ids) {
        AtomicFiles.write(file, StoredRecords.encode(MAPPER, VERSION, new Kept(ids)));
    }

    /** What can't be read is forgotten: the images it named stay until they are removed by hand. */
    private List<String> read() {
        try {
            return StoredRecords.decode(MAPPER, file, Files.readAllBytes(file), Kept.class, VERSION, REMEDY)
                    .images();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException | BerthException e) {
            LOG.warn("images that were kept for their layers are no more counted: {}", e.getMessage());
            return List.of();
        }
    }
}
