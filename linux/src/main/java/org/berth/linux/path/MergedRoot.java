package org.berth.linux.path;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.linux.Descriptor;
import org.berth.linux.Errno;
import org.berth.linux.OwnUserNamespace;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * An overlay of layers as a root, mounted nowhere: it lives by its descriptor (fsopen(2), fsmount(2))
 * and ends when that is closed, so that nothing is left behind, whatever happens to the process.
 * Needs kernel 6.7 ({@code lowerdir+}).
 */
public final class MergedRoot {
    private static final int CLOSE_ON_EXEC = 1;
    private static final int SET_FLAG = 0;
    private static final int SET_STRING = 1;
    private static final int CREATE = 6;
    private static final int LAYERS_MAX = 500;

    /** The longest value of an option (fsconfig(2)). */
    private static final int OPTION_BYTES_MAX = 255;

    private MergedRoot() {}

    /** The folders that take an overlay's changes; both on one file system. */
    public record Changes(Path upper, Path work) {}

    /**
     * Mounts an overlay. No other mount may use the same {@code changes} meanwhile.
     *
     * @param lower layers, the topmost first
     * @param changes where changes go; empty: it is read-only, and one layer is opened as it is
     */
    public static InRoot mount(List<Path> lower, Optional<Changes> changes) {
        if (lower.isEmpty() || lower.size() > LAYERS_MAX) {
            throw new IllegalArgumentException("1 to " + LAYERS_MAX + " layers were expected, not " + lower.size());
        }
        if (lower.size() == 1 && changes.isEmpty()) {
            return InRoot.open(lower.getFirst());
        }
        List<InRoot> held = new ArrayList<>();
        try {
            List<String> layers = lower.stream().map(layer -> hold(layer, held)).toList();
            try {
                return mount(lower, layers, "lowerdir+", changes, held);
            } catch (SystemCallException e) {
                String together = String.join(":", layers);
                if (e.errno() != Errno.EINVAL || together.length() > OPTION_BYTES_MAX) {
                    throw e;
                }
                // before Linux 6.8 layers are not taken one by one
                return mount(lower, List.of(together), "lowerdir", changes, held);
            }
        } finally {
            held.forEach(InRoot::close);
        }
    }

    private static InRoot mount(
            List<Path> lower, List<String> layers, String key, Optional<Changes> changes, List<InRoot> held) {
        try (Descriptor context = open(SystemCallNumber.FSOPEN, "open the overlay file system", "overlay")) {
            set(context, SET_STRING, "source", "overlay");
            if (!OwnUserNamespace.isMachines()) {
                set(context, SET_FLAG, OverlayAttributes.OF_USERS, "");
            }
            for (String layer : layers) {
                set(context, SET_STRING, key, layer);
            }
            if (changes.isPresent()) {
                set(context, SET_STRING, "upperdir", hold(changes.get().upper(), held));
                set(context, SET_STRING, "workdir", hold(changes.get().work(), held));
            } else {
                set(context, SET_FLAG, "ro", "");
            }
            SystemCalls.call("merge " + lower, SystemCallNumber.FSCONFIG, context.number(), CREATE, 0, 0, 0);
            return InRoot.of(new Descriptor((int) SystemCalls.call(
                    "mount the overlay of " + lower, SystemCallNumber.FSMOUNT, context.number(), CLOSE_ON_EXEC, 0)));
        }
    }

    /** By descriptor, for an option's value has 255 bytes at the most. */
    private static String hold(Path folder, List<InRoot> held) {
        InRoot root = InRoot.open(folder);
        held.add(root);
        return root.descriptor().path();
    }

    private static Descriptor open(int call, String action, String name) {
        try (Arena arena = Arena.ofConfined()) {
            return new Descriptor((int)
                    SystemCalls.call(action, call, SystemCalls.text(arena, name).address(), CLOSE_ON_EXEC));
        }
    }

    private static void set(Descriptor context, int command, String key, String value) {
        try (Arena arena = Arena.ofConfined()) {
            long result = SystemCalls.attempt(
                    SystemCallNumber.FSCONFIG,
                    context.number(),
                    command,
                    SystemCalls.text(arena, key).address(),
                    command == SET_FLAG ? 0 : SystemCalls.text(arena, value).address(),
                    0);
            if (result < 0) {
                throw new SystemCallException("set overlay option " + key + "=" + value, (int) -result);
            }
        }
    }
}
