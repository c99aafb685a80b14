package org.berth.image;

import java.nio.file.Path;
import org.berth.base.Progress;

/** Makes the root of an operating-system release without a registry, from its package archive. */
public interface Bootstrap {
    /** Whether the reference names a release this can make: "docker.io/library/debian:bookworm". */
    boolean supports(Reference reference);

    /**
     * Fills the folder with the release's files: owners, modes and times as an image's root has them.
     *
     * @param emptyFolder an existing empty folder on the store's own file system; it becomes a layer, so nothing of the
     *     host may stay mounted in it
     * @throws org.berth.base.BerthException when the archive can't be reached or something doesn't verify; the folder's
     *     content is then thrown away
     */
    void bootstrap(Reference reference, Path emptyFolder, Progress progress);
}
