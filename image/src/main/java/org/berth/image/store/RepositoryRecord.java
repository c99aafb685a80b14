package org.berth.image.store;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a repository has.
 *
 * @param version of this record's form
 * @param blobs digests of the blobs that were put into it
 * @param manifests by digest
 * @param tags digests by tag
 */
record RepositoryRecord(
        int version, String name, Set<String> blobs, Map<String, StoredManifest> manifests, Map<String, String> tags) {
    static final int VERSION = 1;

    RepositoryRecord {
        blobs = Set.copyOf(blobs);
        manifests = Map.copyOf(manifests);
        tags = Map.copyOf(tags);
    }

    static RepositoryRecord empty(String name) {
        return new RepositoryRecord(VERSION, name, Set.of(), Map.of(), Map.of());
    }

    RepositoryRecord withBlob(String digest) {
        Set<String> more = new TreeSet<>(blobs);
        more.add(digest);
        return new RepositoryRecord(version, name, more, manifests, tags);
    }

    RepositoryRecord withoutBlob(String digest) {
        Set<String> fewer = new TreeSet<>(blobs);
        fewer.remove(digest);
        return new RepositoryRecord(version, name, fewer, manifests, tags);
    }

    RepositoryRecord with(StoredManifest manifest, Iterable<String> named) {
        Map<String, StoredManifest> more = new TreeMap<>(manifests);
        more.put(manifest.digest(), manifest);
        Map<String, String> tagged = new TreeMap<>(tags);
        named.forEach(tag -> tagged.put(tag, manifest.digest()));
        return new RepositoryRecord(version, name, blobs, more, tagged);
    }

    RepositoryRecord withoutManifest(String digest) {
        Map<String, StoredManifest> fewer = new TreeMap<>(manifests);
        fewer.remove(digest);
        Map<String, String> left = new TreeMap<>(tags);
        left.values().removeIf(digest::equals);
        return new RepositoryRecord(version, name, blobs, fewer, left);
    }

    RepositoryRecord withoutTag(String tag) {
        Map<String, String> left = new TreeMap<>(tags);
        left.remove(tag);
        return new RepositoryRecord(version, name, blobs, manifests, left);
    }

    boolean isEmpty() {
        return blobs.isEmpty() && manifests.isEmpty() && tags.isEmpty();
    }
}
