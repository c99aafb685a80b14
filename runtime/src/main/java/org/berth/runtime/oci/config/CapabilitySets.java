package org.berth.runtime.oci.config;

import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.berth.runtime.Capabilities;

/**
 * The five sets of capabilities(7), by number. What is absent is empty (youki 3434).
 *
 * @param unknown names that are no capabilities: to be warned of, as the specification demands
 */
public record CapabilitySets(
        Set<Integer> bounding,
        Set<Integer> effective,
        Set<Integer> inheritable,
        Set<Integer> permitted,
        Set<Integer> ambient,
        List<String> unknown) {
    /** Nothing at all. */
    public static final CapabilitySets NONE =
            new CapabilitySets(Set.of(), Set.of(), Set.of(), Set.of(), Set.of(), List.of());

    /** More than any kernel has. */
    private static final int NUMBERS_END = 64;

    public CapabilitySets {
        bounding = Set.copyOf(bounding);
        effective = Set.copyOf(effective);
        inheritable = Set.copyOf(inheritable);
        permitted = Set.copyOf(permitted);
        ambient = Set.copyOf(ambient);
        unknown = List.copyOf(unknown);
    }

    static CapabilitySets of(ConfigNode node) {
        Set<String> unknown = new TreeSet<>();
        return new CapabilitySets(
                set(node, "bounding", unknown),
                set(node, "effective", unknown),
                set(node, "inheritable", unknown),
                set(node, "permitted", unknown),
                set(node, "ambient", unknown),
                List.copyOf(unknown));
    }

    private static Set<Integer> set(ConfigNode node, String member, Set<String> unknown) {
        Set<Integer> numbers = new TreeSet<>();
        for (String name : node.texts(member)) {
            number(name).ifPresentOrElse(numbers::add, () -> unknown.add(name));
        }
        return numbers;
    }

    /** A capability's number by its name, "CAP_NET_RAW"; empty for what is none. */
    public static OptionalInt number(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        for (int number = 0; number < NUMBERS_END; number++) {
            if (Capabilities.name(number).equals(upper)) {
                return OptionalInt.of(number);
            }
        }
        return OptionalInt.empty();
    }

    /** The bits of a set, those above {@code last} left out. @param last the kernel's last capability */
    public static long mask(Set<Integer> numbers, int last) {
        long mask = 0;
        for (int number : numbers) {
            mask |= number <= last ? 1L << number : 0;
        }
        return mask;
    }

    /** These with further ones, in each but the ambient and inheritable set: what {@code exec --cap} asks for. */
    public CapabilitySets with(Set<Integer> added) {
        return new CapabilitySets(
                union(bounding, added),
                union(effective, added),
                inheritable,
                union(permitted, added),
                ambient,
                unknown);
    }

    private static Set<Integer> union(Set<Integer> a, Set<Integer> b) {
        Set<Integer> union = new TreeSet<>(a);
        union.addAll(b);
        return union;
    }
}
