package org.berth.builder;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.berth.base.BerthException;
import org.berth.base.Progress;
import org.berth.builder.cache.CachePlace;
import org.berth.builder.cache.CacheWriter;
import org.berth.builder.cache.CachedStep;
import org.berth.builder.cache.ImportedCache;
import org.berth.image.Images;
import org.berth.image.LayerExchange;

/**
 * What one build knows of its steps from elsewhere, and what it tells elsewhere. A step that another machine did is taken
 * for done by its record alone; its layer is fetched when something is done with it, so that of a stage which is not in the
 * image nothing comes.
 */
final class BuildCache {
    private static final String ID = "cache";

    private final Images images;
    private final List<ImportedCache> imports;
    /** Whether steps count as done whose layer can't be had. */
    private final boolean recordsAlone;

    private final Map<String, CachedStep> used = new ConcurrentHashMap<>();
    private final Map<String, Source> sources = new ConcurrentHashMap<>();

    private BuildCache(Images images, List<ImportedCache> imports, boolean recordsAlone) {
        this.images = images;
        this.imports = List.copyOf(imports);
        this.recordsAlone = recordsAlone;
    }

    /** Where a layer can be had. */
    private record Source(ImportedCache cache, CachedStep step) {}

    /** A layer that is needed is neither here nor elsewhere, though the step that makes it counted as done. */
    static final class LayerMissing extends RuntimeException {
        private static final long serialVersionUID = 1;

        LayerMissing(String layer) {
            super("the layer " + layer + " of a step that another machine did can't be had");
        }
    }

    /** The caches that a build is told to look at; one that can't be read is warned of. */
    static BuildCache of(List<CachePlace> places, Images images, Progress progress) {
        List<ImportedCache> imports = new ArrayList<>();
        for (CachePlace place : places) {
            try {
                progress.report(Progress.Step.of(ID, "importing from " + place.name()));
                imports.add(ImportedCache.read(place, images));
            } catch (BerthException e) {
                progress.report(Progress.Step.of(
                        Builder.WARNING, "built without the cache " + place.name() + ": " + e.getMessage()));
            }
        }
        return new BuildCache(images, imports, true);
    }

    /** The same, in which a step counts as done only when its layer can be had. */
    BuildCache withLayersAlone() {
        return new BuildCache(images, imports, false);
    }

    /** What another machine says that a step made. */
    Optional<LayerCache.Entry> find(String key) {
        for (ImportedCache cache : imports) {
            Optional<CachedStep> step = cache.find(key);
            if (step.isPresent()
                    && (recordsAlone
                            || step.get().blob().isPresent()
                            || has(step.get().layer()))) {
                if (step.get().blob().isPresent()) {
                    sources.putIfAbsent(step.get().layer(), new Source(cache, step.get()));
                }
                return Optional.of(
                        new LayerCache.Entry(step.get().layer(), step.get().made()));
            }
        }
        return Optional.empty();
    }

    /** A step of the build is done. */
    void done(String key, LayerCache.Entry entry) {
        used.put(key, new CachedStep(key, entry.diffId(), entry.made(), Optional.empty()));
    }

    /**
     * Sees to it that layers are here.
     *
     * @throws LayerMissing when one can't be had
     */
    void bring(Collection<String> layers) {
        if (imports.isEmpty()) {
            return;
        }
        LayerExchange exchange = images.layers();
        for (String layer : layers) {
            Source source = sources.get(layer);
            if (source != null) {
                source.cache().bring(layer, source.step().blob().orElseThrow(), exchange);
            } else if (recordsAlone && !exchange.has(layer) && isForeign(layer)) {
                throw new LayerMissing(layer);
            }
        }
    }

    /** Whether all of these are here. */
    boolean has(List<String> layers) {
        return imports.isEmpty() || layers.stream().allMatch(this::has);
    }

    /** Writes what the build's steps made. */
    void export(List<CachePlace.Export> exports, List<String> result, Progress progress) {
        List<CachedStep> steps = used.values().stream()
                .sorted(java.util.Comparator.comparing(CachedStep::key))
                .toList();
        for (CachePlace.Export export : exports) {
            try {
                if (export.all()) {
                    bring(steps.stream()
                            .map(CachedStep::layer)
                            .filter(sources::containsKey)
                            .toList());
                }
                new CacheWriter(images).write(export, steps, result, progress);
            } catch (BerthException e) {
                if (!export.mayFail()) {
                    throw e;
                }
                progress.report(Progress.Step.of(Builder.WARNING, String.valueOf(e.getMessage())));
            }
        }
    }

    private boolean has(String layer) {
        return images.layers().has(layer);
    }

    /** One of the store's own that is torn is unpacked anew when it is used. */
    private boolean isForeign(String layer) {
        return used.values().stream().anyMatch(step -> step.layer().equals(layer));
    }
}
