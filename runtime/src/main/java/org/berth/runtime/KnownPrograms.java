package org.berth.runtime;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.berth.linux.launch.EncodedProgram;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.ProgramTemplate;

/**
 * The launch programs of what was started lately. Replicas, restarts and health checks differ in their ids only, and a
 * program is a function of what it is planned from: where that is the same but for the ids, so is the program, and it is
 * taken with the ids put in place instead of being planned and encoded again (a millisecond of a start).
 *
 * <p>What is kept has the environment of its process in it, secrets included, for as long as it is among the last.
 */
final class KnownPrograms {
    /** How many a daemon remembers: some 40 KB each. */
    static final int PROGRAMS_MAX = 32;

    /** A shorter id might stand in a program for something else. */
    private static final int ID_LENGTH_MIN = 32;

    /** Of an id, what becomes a host's name. */
    private static final int SHORT_ID = 12;

    /** Stands in a key for the id: JSON has none as it is. */
    private static final String PLACE = "\0";

    private final Map<Key, ProgramTemplate> templates;

    /** @param most how many are remembered, those that were wanted last; 0 for none */
    KnownPrograms(int most) {
        this.templates = new LinkedHashMap<>(most, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Key, ProgramTemplate> eldest) {
                return size() > most;
            }
        };
    }

    /** All that a program is planned from, with its ids replaced. */
    private record Key(String from, Optional<ByteBuffer> filter) {}

    /**
     * A program.
     *
     * @param ids of what is started; they may stand anywhere in it
     * @param from all that it is planned from but the filter, as JSON
     * @param program plans it
     */
    EncodedProgram of(List<String> ids, String from, Optional<byte[]> filter, Supplier<LaunchProgram> program) {
        if (!stand(ids)) {
            return EncodedProgram.of(program.get());
        }
        List<String> names = Stream.concat(ids.stream(), ids.stream().map(KnownPrograms::beginning))
                .toList();
        Key key = new Key(without(from, names), filter.map(ByteBuffer::wrap));
        Optional<ProgramTemplate> known = find(key);
        if (known.isPresent()) {
            return known.get().with(names, program);
        }
        EncodedProgram encoded = EncodedProgram.of(program.get());
        if (encoded.sendable()) {
            add(key, ProgramTemplate.of(encoded, names));
        }
        return encoded;
    }

    /** Whether ids, and their beginnings, stand for nothing but themselves wherever they are found. */
    private static boolean stand(List<String> ids) {
        return ids.stream()
                .allMatch(id -> id.length() >= ID_LENGTH_MIN
                        && ids.stream()
                                .allMatch(other -> other.lastIndexOf(beginning(id)) <= (other.equals(id) ? 0 : -1)));
    }

    private static String beginning(String id) {
        return id.substring(0, Math.min(SHORT_ID, id.length()));
    }

    private static String without(String text, List<String> names) {
        String left = text;
        for (int i = 0; i < names.size(); i++) {
            left = left.replace(names.get(i), PLACE + i + ":" + names.get(i).length() + PLACE);
        }
        return left;
    }

    private synchronized Optional<ProgramTemplate> find(Key key) {
        return Optional.ofNullable(templates.get(key));
    }

    private synchronized void add(Key key, ProgramTemplate template) {
        templates.put(key, template);
    }
}
