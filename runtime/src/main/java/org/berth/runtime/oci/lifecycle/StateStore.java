package org.berth.runtime.oci.lifecycle;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;

/** The folder that holds every container's state folder: what {@code --root} names. */
public record StateStore(Path root) {
    private static final int NAME_MAX = 1024;

    /** The folder of a container that must be there. */
    public StateFolder existing(String id) {
        return find(id).orElseThrow(() -> missing(id));
    }

    static BerthException missing(String id) {
        return new BerthException(ErrorCode.NOT_FOUND, "container \"" + id + "\" does not exist");
    }

    /** The folder of a container. */
    public Optional<StateFolder> find(String id) {
        StateFolder folder = folder(id);
        return Files.isDirectory(folder.path()) ? Optional.of(folder) : Optional.empty();
    }

    StateFolder folder(String id) {
        check(id);
        return new StateFolder(root.resolve(id));
    }

    /**
     * The form of an id, as runc has it: letters, digits, and _ + - . Each ends as the name of a folder, so
     * "." and ".." are none.
     */
    static void check(String id) {
        boolean fits = !id.isEmpty() && id.length() <= NAME_MAX && !id.equals(".") && !id.equals("..");
        for (int i = 0; i < id.length() && fits; i++) {
            char c = id.charAt(i);
            fits = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "_+-.".indexOf(c) >= 0;
        }
        if (!fits) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "invalid container ID format: \"" + id + "\", expected letters, digits, '_', '+', '-', '.'");
        }
    }

    /** The ids of all containers, sorted. */
    public List<String> ids() {
        List<String> ids = new ArrayList<>();
        if (!Files.isDirectory(root)) {
            return ids;
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(root)) {
            for (Path folder : folders) {
                if (Files.isDirectory(folder)) {
                    ids.add(String.valueOf(folder.getFileName()));
                }
            }
        } catch (IOException e) {
            throw FileErrors.of("list " + root, e);
        }
        ids.sort(String::compareTo);
        return ids;
    }
}
