package org.berth.runtime;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.berth.linux.launch.EncodedProgram;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.ProgramTemplate;
import org.berth.linux.user.UserRange;
import org.berth.runtime.plan.Placement;

/**
 * The launch programs of what was started lately. Replicas, restarts and health checks differ in their ids only, and a
 * program is a function of what it is planned from: where that is the same but for the ids, so is the program, and it is
 * taken with the ids put in place instead of being planned and encoded again (a millisecond of a start).
 */
final class KnownPrograms {
    /** How many a daemon remembers: some 40 KB each. */
    static final int PROGRAMS_MAX = 32;

    /** A shorter id might stand in a program for something else. */
    private static final int ID_LENGTH_MIN = 32;

    /** Of an id, what becomes a host's name. */
    private static final int SHORT_ID = 12;

    /** Stands in a key for the id; no text that a program is planned from has one. */
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
    private record Key(Object from, Optional<ByteBuffer> filter) {}

    /** What an exec is planned from. @param places its paths */
    private record Exec(
            ProcessSpec process, Optional<UserRange> users, List<String> places, boolean input, boolean listener) {}

    /**
     * A container's program.
     *
     * @param record all that it is planned from but the filter, as text ({@link StoredLaunch})
     * @param program plans it
     */
    EncodedProgram container(String id, String record, Optional<byte[]> filter, Supplier<LaunchProgram> program) {
        if (!stands(id)) {
            return EncodedProgram.of(program.get());
        }
        List<String> names = List.of(id, id.substring(0, SHORT_ID));
        return of(names, new Key(without(record, names), filter.map(ByteBuffer::wrap)), program);
    }

    /**
     * An exec's.
     *
     * @param ids the container's and its own
     */
    EncodedProgram exec(
            List<String> ids,
            ProcessSpec process,
            Placement placement,
            Optional<UserRange> users,
            Supplier<LaunchProgram> program) {
        if (!ids.stream().allMatch(KnownPrograms::stands)) {
            return EncodedProgram.of(program.get());
        }
        List<String> places = new ArrayList<>();
        places.add(without(placement.folder().toString(), ids));
        places.add(without(placement.log().toString(), ids));
        for (Placement.Group group : placement.cgroups()) {
            places.add(without(group.folder().toString(), ids));
            places.add(group.mountName());
            places.add(String.valueOf(group.unified()));
        }
        Exec from = new Exec(process, users, List.copyOf(places), placement.input(), placement.listener());
        return of(ids, new Key(from, placement.seccomp().map(ByteBuffer::wrap)), program);
    }

    /** Whether an id, and its beginning, stand for nothing but themselves wherever they are found. */
    private static boolean stands(String id) {
        return id.length() >= ID_LENGTH_MIN && id.indexOf(id.substring(0, SHORT_ID), 1) < 0;
    }

    private static String without(String text, List<String> names) {
        String left = text;
        for (int i = 0; i < names.size(); i++) {
            left = left.replace(names.get(i), PLACE + i + ":" + names.get(i).length() + PLACE);
        }
        return left;
    }

    private EncodedProgram of(List<String> names, Key key, Supplier<LaunchProgram> program) {
        Optional<ProgramTemplate> known = find(key);
        if (known.isPresent()) {
            return known.get().with(names, program);
        }
        EncodedProgram encoded = EncodedProgram.of(program.get());
        add(key, ProgramTemplate.of(encoded, names));
        return encoded;
    }

    private synchronized Optional<ProgramTemplate> find(Key key) {
        return Optional.ofNullable(templates.get(key));
    }

    private synchronized void add(Key key, ProgramTemplate template) {
        templates.put(key, template);
    }
}
