package org.berth.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.SystemCallException;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;
import org.berth.linux.path.OpenFile;

/**
 * Where a container's own mounts may be. What a mount would hide or pretend at {@code /proc} and
 * {@code /sys} is what the isolation is read from and written to, so none may lie there, also not by
 * a symbolic link of the image (CVE-2019-16884).
 */
final class MountTargets {
    private static final List<String> FORBIDDEN = List.of("/proc", "/sys");
    private static final int LINKS_MAX = 40;

    private MountTargets() {}

    /** The target's text in its plain form; INVALID when it can't be one whatever the root. */
    static String normalize(String target) {
        if (!target.startsWith("/") || target.indexOf('\0') >= 0) {
            throw invalid(target, "expected an absolute path");
        }
        String plain = Path.of(target).normalize().toString();
        if (plain.equals("/")) {
            throw invalid(target, "the root itself can't be a mount's target");
        }
        refuseForbidden(target, plain);
        return plain;
    }

    /**
     * Refuses a target that the root's symbolic links lead to a forbidden place. A link that leads
     * nowhere yet counts too: {@code /proc} is empty until it is mounted.
     */
    static void check(InRoot root, String target) {
        String path = normalize(target);
        for (int links = 0; links < LINKS_MAX; links++) {
            Optional<String> further = resolve(root, target, path);
            if (further.isEmpty()) {
                return;
            }
            path = Path.of(further.get()).normalize().toString();
            refuseForbidden(target, path);
        }
        throw invalid(target, "too many levels of symbolic links");
    }

    /** Checks where the path leads; the path that a link to nowhere makes of it, if there is one on the way. */
    private static Optional<String> resolve(InRoot root, String target, String path) {
        String rest = "";
        String here = path;
        while (here.length() > 1) {
            try (OpenFile place = root.place(here, LastLink.FOLLOW)) {
                refuseForbidden(target, below(root, place.descriptor()) + rest);
                return Optional.empty();
            } catch (SystemCallException e) {
                if (e.errno() != Errno.ENOENT) {
                    throw e;
                }
            }
            if (root.find(here, LastLink.KEEP)
                    .filter(FileStatus::isSymbolicLink)
                    .isPresent()) {
                return Optional.of(Path.of(here).resolveSibling(root.readLink(here)) + rest);
            }
            int slash = here.lastIndexOf('/');
            rest = here.substring(slash) + rest;
            here = here.substring(0, slash);
        }
        return Optional.empty();
    }

    /** The place's path as the kernel has it, below the root's own. */
    private static String below(InRoot root, Descriptor place) {
        try {
            String top =
                    Files.readSymbolicLink(Path.of(root.descriptor().path())).toString();
            String path = Files.readSymbolicLink(Path.of(place.path())).toString();
            return top.equals("/") ? path : path.substring(top.length());
        } catch (IOException e) {
            throw Folders.failed("read link of", Path.of(place.path()), e);
        }
    }

    private static void refuseForbidden(String target, String path) {
        for (String forbidden : FORBIDDEN) {
            if (path.equals(forbidden) || path.startsWith(forbidden + "/")) {
                throw invalid(target, "nothing can be mounted at or below " + forbidden);
            }
        }
    }

    private static BerthException invalid(String target, String why) {
        return new BerthException(ErrorCode.INVALID, "invalid mount target '" + target + "': " + why);
    }
}
