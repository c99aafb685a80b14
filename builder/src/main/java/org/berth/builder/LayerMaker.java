package org.berth.builder;

import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Progress;
import org.berth.builder.context.CopyTarget;
import org.berth.image.Images;
import org.berth.linux.SystemCallException;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.MergedRoot;
import org.berth.linux.path.TreeCopy;
import org.berth.linux.path.Users;

/** Steps that make a layer, each done once for its key. */
final class LayerMaker {
    private final Images images;
    private final StepRunner runner;
    private final LayerCache cache;
    private final InstantSource clock;
    private final InFlight<LayerCache.Entry> inFlight = new InFlight<>();

    LayerMaker(Images images, StepRunner runner, Path folder, InstantSource clock) {
        this.images = images;
        this.runner = runner;
        this.cache = new LayerCache(folder.resolve("cache"));
        this.clock = clock;
    }

    /**
     * How one build wants its steps done.
     *
     * @param inputs layers that the step is done with
     */
    record Manner(boolean noCache, String id, Holds holds, BuildCache cache, List<String> inputs, Progress progress) {
        /** The same for a step that is done with these layers. */
        Manner with(List<String> layers) {
            return new Manner(noCache, id, holds, cache, layers, progress);
        }

        /** Where the lines go that the step prints. */
        Consumer<String> printing() {
            return line -> progress.report(Builder.printed(id, line));
        }

        void say(String status) {
            progress.report(Progress.Step.of(id, status));
        }
    }

    StepRunner runner() {
        return runner;
    }

    /** Runs a program; its changes are the layer. */
    BuildState run(BuildState state, RunStep step, Manner manner) {
        return run(state, step, manner, () -> runner.run(state, step, manner.holds(), manner.printing()));
    }

    /** The same by a work of its own, which is done when the layer is not known. */
    BuildState run(BuildState state, RunStep step, Manner manner, Supplier<String> work) {
        String key = new CacheKey(state)
                .add("run")
                .addAll(step.arguments())
                .addAll(step.environment())
                .addAll(step.inputs())
                .key();
        return layer(state, key, step.text(), manner, step.surroundings().newest(), work);
    }

    /**
     * Makes a layer by changing a root.
     *
     * @param newest the time that everything newer gets; empty: times stay
     */
    BuildState make(
            BuildState state,
            String key,
            String text,
            Manner manner,
            Optional<Instant> newest,
            Consumer<InRoot> change) {
        return layer(state, key, text, manner, newest, () -> changed(state, newest, change, manner.progress()));
    }

    private String changed(BuildState state, Optional<Instant> newest, Consumer<InRoot> change, Progress progress) {
        String key = snapshotKey();
        Images.Snapshot snapshot = images.prepare(key, state.layers());
        try {
            try (InRoot root = MergedRoot.mount(
                    snapshot.lower(), Optional.of(new MergedRoot.Changes(snapshot.upper(), snapshot.work())))) {
                change.accept(root);
            }
            newest.ifPresent(time -> Trees.clamp(snapshot.upper(), time));
            return images.addLayer(snapshot.upper(), progress);
        } finally {
            images.release(key);
        }
    }

    /** Copies files; they are the layer. */
    BuildState copy(BuildState state, CopyStep step, Manner manner) {
        String key = new CacheKey(state)
                .add("copy")
                .add(step.content())
                .addAll(step.paths())
                .add(step.target())
                .add(step.owner().orElse(""))
                .add(Boolean.toString(step.exact()))
                .key();
        return layer(state, key, step.text(), manner, Optional.empty(), () -> copied(state, step, manner.progress()));
    }

    /** Opens a state's root to read. */
    <T> T reading(BuildState state, java.util.function.Function<InRoot, T> use) {
        if (state.layers().isEmpty()) {
            throw new BerthException(ErrorCode.INVALID, "a stage FROM scratch has no files yet");
        }
        String key = snapshotKey();
        Images.Snapshot snapshot = images.prepare(key, state.layers());
        try (InRoot root = MergedRoot.mount(snapshot.lower(), Optional.empty())) {
            return use.apply(root);
        } finally {
            images.release(key);
        }
    }

    private BuildState layer(
            BuildState state, String key, String text, Manner manner, Optional<Instant> newest, Supplier<String> work) {
        if (!manner.noCache()) {
            Optional<LayerCache.Entry> known = known(key).or(() -> imported(key, manner));
            if (known.isPresent()) {
                manner.say(text + Builder.CACHED);
                manner.cache().done(key, known.get());
                return state.withLayer(known.get().diffId(), text, known.get().made());
            }
        }
        manner.say(text);
        manner.cache().bring(manner.inputs());
        LayerCache.Entry entry;
        try {
            entry = inFlight.once(
                    manner.noCache() ? key + " " + snapshotKey() : key,
                    () -> manner.say(text + " (another build does it; waiting)"),
                    () -> made(key, manner, newest, work));
        } catch (RuntimeException e) {
            if (!Thread.currentThread().isInterrupted()) {
                manner.say(Builder.FAILED);
            }
            throw e;
        }
        manner.cache().done(key, entry);
        manner.say(Builder.DONE);
        return state.withLayer(entry.diffId(), text, entry.made());
    }

    /** What another machine made; from now on it is known here too. */
    private Optional<LayerCache.Entry> imported(String key, Manner manner) {
        Optional<LayerCache.Entry> entry = manner.cache().find(key);
        entry.ifPresent(one -> cache.put(key, one));
        return entry;
    }

    /** Looks again: another may have ended it between our look and our turn. */
    private LayerCache.Entry made(String key, Manner manner, Optional<Instant> newest, Supplier<String> work) {
        Optional<LayerCache.Entry> known = manner.noCache() ? Optional.empty() : known(key);
        if (known.isPresent()) {
            return known.get();
        }
        String layer = work.get();
        LayerCache.Entry entry = new LayerCache.Entry(
                layer,
                newest.orElseGet(() -> Instant.ofEpochSecond(clock.instant().getEpochSecond())));
        cache.put(key, entry);
        return entry;
    }

    /** An entry whose layer is there still. */
    private Optional<LayerCache.Entry> known(String key) {
        Optional<LayerCache.Entry> entry = cache.find(key);
        if (entry.isPresent() && !isThere(entry.get().diffId())) {
            cache.forget(key);
            return Optional.empty();
        }
        return entry;
    }

    private boolean isThere(String diffId) {
        String key = snapshotKey();
        try {
            images.prepare(key, List.of(diffId));
            return true;
        } catch (BerthException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                return false;
            }
            throw e;
        } finally {
            images.release(key);
        }
    }

    private String copied(BuildState state, CopyStep step, Progress progress) {
        String key = snapshotKey();
        Images.Snapshot snapshot = images.prepare(key, state.layers());
        try {
            try (InRoot root = MergedRoot.mount(
                    snapshot.lower(), Optional.of(new MergedRoot.Changes(snapshot.upper(), snapshot.work())))) {
                new CopyTarget(root).copy(step.tree(), step.paths(), step.target(), owner(root, step), step.exact());
            }
            unchanged(step);
            return images.addLayer(snapshot.upper(), progress);
        } catch (SystemCallException e) {
            throw new BerthException(ErrorCode.FAILED, step.where() + ": " + step.text() + ": " + e.getMessage(), e);
        } catch (BerthException e) {
            throw new BerthException(e.code(), step.where() + ": " + e.getMessage(), e);
        } finally {
            images.release(key);
        }
    }

    /** The layer must be what its key says, though the user's folder can change while we copy. */
    private static void unchanged(CopyStep step) {
        if (!step.exact() && !step.tree().digest(step.paths()).equals(step.content())) {
            throw new BerthException(ErrorCode.CONFLICT, "files changed while they were copied; build again");
        }
    }

    /** As Docker has it, a user alone gives its number to the group. */
    private static Optional<TreeCopy.Owner> owner(InRoot root, CopyStep step) {
        if (step.owner().isEmpty()) {
            return step.exact() ? Optional.empty() : Optional.of(new TreeCopy.Owner(0, 0));
        }
        String text = step.owner().get();
        Users users = Users.of(root);
        Users.Identity identity = users.resolve(text);
        return Optional.of(new TreeCopy.Owner(identity.uid(), text.contains(":") ? identity.gid() : identity.uid()));
    }

    static String snapshotKey() {
        byte[] random = new byte[12];
        ThreadLocalRandom.current().nextBytes(random);
        return "build-" + HexFormat.of().formatHex(random);
    }
}
