package org.berth.builder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.base.Json;
import org.berth.base.StoredRecords;
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
    private final Images images;

    Retained(Path file, Images images) {
        this.file = file;
        this.images = images;
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
        AtomicFiles.write(file, StoredRecords.encode(MAPPER, VERSION, new Kept(left)));
    }

    private boolean isNamed(String id) {
        return images.find(id)
                .map(Image::names)
                .filter(names -> !names.isEmpty())
                .isPresent();
    }

    /** An image that a container uses is asked for again the next time. */
    private boolean removed(String id) {
        try {
            if (images.find(id).isPresent()) {
                images.remove(id, false);
            }
            return true;
        } catch (BerthException e) {
            return false;
        }
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
