package org.berth.image.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Which bytes of something are there: spans that neither touch nor overlap. Not for several threads. */
final class Spans {
    private final NavigableMap<Long, Long> ends = new TreeMap<>();

    /**
     * Some bytes.
     *
     * @param from the first
     * @param to the one after the last
     */
    record Span(long from, long to) {
        Span {
            if (from < 0 || to < from) {
                throw new IllegalArgumentException("no span: " + from + " to " + to);
            }
        }
    }

    /** These bytes are there now. */
    void add(Span span) {
        if (span.from == span.to) {
            return;
        }
        long from = span.from;
        long to = span.to;
        Map.Entry<Long, Long> before = ends.floorEntry(to);
        while (before != null && before.getValue() >= from) {
            from = Math.min(from, before.getKey());
            to = Math.max(to, before.getValue());
            ends.remove(before.getKey());
            before = ends.floorEntry(to);
        }
        ends.put(from, to);
    }

    /** Those that are there, in their order. */
    List<Span> there() {
        return ends.entrySet().stream()
                .map(entry -> new Span(entry.getKey(), entry.getValue()))
                .toList();
    }

    /** How many bytes are there from this one on, with none missing between. */
    long onFrom(long first) {
        Map.Entry<Long, Long> around = ends.floorEntry(first);
        return around == null ? 0 : Math.max(0, around.getValue() - first);
    }

    /** All that are there. */
    long count() {
        return there().stream().mapToLong(span -> span.to - span.from).sum();
    }

    /**
     * What is missing, in its order.
     *
     * @param size bytes of the whole
     * @param most longest piece
     */
    List<Span> missing(long size, long most) {
        List<Span> missing = new ArrayList<>();
        long at = 0;
        List<Span> bounds = new ArrayList<>(there());
        bounds.add(new Span(size, size));
        for (Span span : bounds) {
            for (long from = at; from < span.from; from += most) {
                missing.add(new Span(from, Math.min(span.from, from + most)));
            }
            at = span.to;
        }
        return missing;
    }
}
