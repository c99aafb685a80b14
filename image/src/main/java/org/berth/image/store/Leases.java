package org.berth.image.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.FileErrors;
import org.berth.base.Json;
import org.jspecify.annotations.Nullable;

/**
 * What work that was cut has brought, kept until its next attempt is done or a week is over, through the end of this process: one
 * file a lease. It is about time only; a lease that a crash tore is none. Safe for concurrent use.
 */
final class Leases {
    private static final Duration LENGTH = Duration.ofDays(7);
    private static final int LEASES_MAX = 1000;
    private static final String ENDING = ".json";

    private final Path folder;
    private final InstantSource clock;
    private final Map<String, Lease> leases = new HashMap<>();

    /** @param digests layers and blobs */
    private record Lease(List<String> digests, long untilEpochSecond) {
        Lease(@Nullable List<String> digests, long untilEpochSecond) {
            this.digests = digests == null ? List.of() : List.copyOf(digests);
            this.untilEpochSecond = untilEpochSecond;
        }
    }

    /** Reads those that are there; the ones whose time is over are removed. */
    Leases(Path folder, InstantSource clock) {
        this.folder = Folders.make(folder);
        this.clock = clock;
        for (Path file : Folders.list(folder)) {
            String name = Folders.name(file);
            if (name.endsWith(ENDING)) {
                read(name.substring(0, name.length() - ENDING.length()), file);
            }
        }
    }

    private void read(String name, Path file) {
        try {
            Lease lease = Json.MAPPER.readValue(Files.readAllBytes(file), Lease.class);
            if (lease != null && lease.untilEpochSecond > now()) {
                leases.put(name, lease);
                return;
            }
        } catch (IOException | tools.jackson.core.JacksonException e) {
            // torn
        }
        delete(name);
    }

    /** Begins a lease, or gives the one of this name more time and other digests. */
    synchronized void begin(Digest name, Collection<Digest> digests) {
        if (leases.size() >= LEASES_MAX && !leases.containsKey(name.hex())) {
            return; // then it is begun anew when it is cut
        }
        List<String> all = digests.stream().map(Digest::toString).distinct().toList();
        Lease lease = new Lease(all, clock.instant().plus(LENGTH).getEpochSecond());
        Path draft = Folders.draft(folder);
        try {
            Files.write(draft, Json.MAPPER.writeValueAsBytes(lease));
            Files.move(draft, file(name.hex()), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Folders.removeAll(draft);
            throw FileErrors.of("write " + file(name.hex()), e);
        }
        leases.put(name.hex(), lease);
    }

    /** Ends a lease: the work is done, or given up. */
    synchronized void end(Digest name) {
        if (leases.remove(name.hex()) != null) {
            delete(name.hex());
        }
    }

    /** Ends all. @return what they kept */
    synchronized Set<Digest> endAll() {
        Set<Digest> kept = digests();
        new ArrayList<>(leases.keySet()).forEach(name -> {
            leases.remove(name);
            delete(name);
        });
        return kept;
    }

    /** All that is kept now. */
    synchronized Set<Digest> digests() {
        Set<Digest> kept = new HashSet<>();
        leases.values().stream()
                .filter(lease -> lease.untilEpochSecond > now())
                .flatMap(lease -> lease.digests.stream())
                .forEach(digest -> add(kept, digest));
        return kept;
    }

    private static void add(Set<Digest> kept, String digest) {
        try {
            kept.add(Digest.parse(digest));
        } catch (BerthException e) {
            // no digest: what a damaged file says is kept by nobody
        }
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    private Path file(String name) {
        return folder.resolve(name + ENDING);
    }

    private void delete(String name) {
        try {
            Files.deleteIfExists(file(name));
        } catch (IOException e) {
            throw FileErrors.of("remove " + file(name), e);
        }
    }
}
