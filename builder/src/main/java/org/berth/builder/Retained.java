package org.berth.builder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.berth.base.AtomicFiles;
import org.berth.base.BerthException;
import org.berth.image.Image;
import org.berth.image.Images;

/**
 * Nameless images that stay for their layers: what a build had made when it failed, stages that are
 * not the last, images whose name went to a newer one. A bounded number; the oldest go first, unless
 * a container uses them.
 */
final class Retained {
    private static final int IMAGES_MAX = 24;

    private final Path file;
    private final Images images;

    Retained(Path file, Images images) {
        this.file = file;
        this.images = images;
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
        AtomicFiles.write(file, String.join("\n", left).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
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

    private List<String> read() {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
