package org.berth.engine;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** The containers known, by id and by name. */
final class Registry {
    private final Map<String, LiveContainer> containers = new ConcurrentHashMap<>();
    private final Map<String, String> names = new ConcurrentHashMap<>();

    /** Takes a name for an id; CONFLICT when another container has it. */
    void reserve(String name, String id) {
        String holder = names.putIfAbsent(name, id);
        if (holder != null && !holder.equals(id)) {
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    "Conflict. The container name \"/" + name + "\" is already in use by container \"" + holder
                            + "\". You have to remove (or rename) that container to be able to reuse that name.");
        }
    }

    boolean isTaken(String name) {
        return names.containsKey(name);
    }

    void releaseName(String name, String id) {
        names.remove(name, id);
    }

    void add(LiveContainer container) {
        containers.put(container.id(), container);
    }

    void remove(LiveContainer container) {
        containers.remove(container.id(), container);
        names.values().removeIf(container.id()::equals);
    }

    boolean contains(LiveContainer container) {
        return containers.get(container.id()) == container;
    }

    List<LiveContainer> all() {
        return List.copyOf(containers.values());
    }

    /** By id, else by name, else by the beginning of an id that no other has. */
    Optional<LiveContainer> find(String ref) {
        LiveContainer exact = containers.get(ref);
        if (exact != null) {
            return Optional.of(exact);
        }
        String bare = ref.startsWith("/") ? ref.substring(1) : ref;
        String named = names.get(bare);
        if (named != null) {
            return Optional.ofNullable(containers.get(named));
        }
        if (bare.isEmpty() || !bare.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
            return Optional.empty();
        }
        List<LiveContainer> begin = containers.values().stream()
                .filter(container -> container.id().startsWith(bare))
                .limit(2)
                .toList();
        return begin.size() == 1 ? Optional.of(begin.getFirst()) : Optional.empty();
    }

    LiveContainer get(String ref) {
        return find(ref).orElseThrow(() -> new BerthException(ErrorCode.NOT_FOUND, "No such container: " + ref));
    }
}
