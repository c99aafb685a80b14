package org.berth.image.debian;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * The packages of a minimal root: all that are essential, all of priority required, apt, and what
 * they need, chosen as apt chooses on an empty system (the first alternative that can be had, unless
 * another is there already; recommended packages are left out).
 *
 * @param packages in an order in which each comes after what it depends on, cycles apart
 * @param automatic those that only came because another needs them, so that apt may offer to remove
 *     them again when none does
 */
record Selection(List<PackageEntry> packages, Set<String> automatic) {

    /** Chooses the set, in two steps as mmdebstrap(1) has it: the second finds the first in place. */
    static Selection minimal(PackageIndex index, String architecture) {
        Choice choice = new Choice(index, architecture);
        choice.installAll(index.essential());
        Set<String> first = Set.copyOf(choice.chosen.keySet());
        List<PackageEntry> wanted = new ArrayList<>(index.required());
        wanted.add(index.candidate("apt")
                .orElseThrow(() -> new BerthException(ErrorCode.FAILED, "the archive's index has no package apt")));
        choice.installAll(wanted);
        Set<String> automatic = new LinkedHashSet<>(choice.chosen.keySet());
        automatic.removeAll(first);
        wanted.forEach(entry -> automatic.remove(entry.name()));
        return new Selection(Order.of(choice), automatic);
    }

    /** What is chosen so far. */
    private static final class Choice {
        private final PackageIndex index;
        private final String architecture;
        private Map<String, PackageEntry> chosen = new LinkedHashMap<>();

        Choice(PackageIndex index, String architecture) {
            this.index = index;
            this.architecture = architecture;
        }

        /** All of them count as there before any of their dependencies is looked at. */
        void installAll(List<PackageEntry> entries) {
            List<PackageEntry> added = entries.stream()
                    .filter(entry -> chosen.putIfAbsent(entry.name(), entry) == null)
                    .toList();
            for (PackageEntry entry : added) {
                Optional<String> missing = satisfy(entry);
                if (missing.isPresent()) {
                    throw new BerthException(
                            ErrorCode.FAILED,
                            "the package " + entry + " can't be installed: " + missing.get()
                                    + " is in none of the sources");
                }
            }
        }

        /** Chooses what an entry needs. @return what can't be had, if anything */
        private Optional<String> satisfy(PackageEntry entry) {
            for (Dependency dependency : entry.dependencies()) {
                if (!isSatisfied(dependency) && !choose(dependency)) {
                    return Optional.of(dependency.toString());
                }
            }
            return Optional.empty();
        }

        private boolean choose(Dependency dependency) {
            for (Dependency.Alternative alternative : dependency.alternatives()) {
                for (PackageEntry entry : entries(alternative)) {
                    if (install(entry)) {
                        return true;
                    }
                }
            }
            return false;
        }

        /** Chooses an entry with all that it needs, or changes nothing. */
        private boolean install(PackageEntry entry) {
            if (chosen.containsKey(entry.name())) {
                return false;
            }
            Map<String, PackageEntry> before = new LinkedHashMap<>(chosen);
            chosen.put(entry.name(), entry);
            if (satisfy(entry).isEmpty()) {
                return true;
            }
            chosen = before;
            return false;
        }

        private boolean isSatisfied(Dependency dependency) {
            return dependency.alternatives().stream()
                    .flatMap(alternative -> satisfying(alternative, chosen.values()).stream())
                    .findAny()
                    .isPresent();
        }

        /** Entries of the index that an alternative stands for, the best first. */
        private List<PackageEntry> entries(Dependency.Alternative alternative) {
            List<PackageEntry> entries = new ArrayList<>();
            index.candidate(alternative.name()).ifPresent(entries::add);
            entries.addAll(index.providersOf(alternative.name()));
            return satisfying(alternative, entries);
        }

        private List<PackageEntry> satisfying(Dependency.Alternative alternative, Collection<PackageEntry> entries) {
            if (!Set.of("", "any", "native", architecture).contains(alternative.architecture())) {
                return List.of();
            }
            return entries.stream().filter(entry -> isMet(alternative, entry)).toList();
        }

        /** A provided name without a version meets only what asks for no version (Debian Policy 7.5). */
        private static boolean isMet(Dependency.Alternative alternative, PackageEntry entry) {
            if (entry.name().equals(alternative.name()) && alternative.accepts(entry.version())) {
                return true;
            }
            return entry.provides().stream()
                    .filter(provided -> provided.name().equals(alternative.name()))
                    .anyMatch(provided -> alternative.range().isEmpty()
                            || provided.range()
                                    .map(range -> alternative.accepts(range.version()))
                                    .orElse(false));
        }
    }

    /** Depth first, dependencies before dependents; in a cycle, whichever was met last comes first. */
    private static final class Order {
        private final Choice choice;
        private final Set<String> entered = new LinkedHashSet<>();
        private final List<PackageEntry> ordered = new ArrayList<>();

        private Order(Choice choice) {
            this.choice = choice;
        }

        static List<PackageEntry> of(Choice choice) {
            Order order = new Order(choice);
            choice.chosen.values().forEach(order::visit);
            return List.copyOf(order.ordered);
        }

        private void visit(PackageEntry entry) {
            if (!entered.add(entry.name())) {
                return;
            }
            for (Dependency dependency : entry.dependencies()) {
                dependency.alternatives().stream()
                        .flatMap(alternative -> choice.satisfying(alternative, choice.chosen.values()).stream())
                        .findFirst()
                        .ifPresent(this::visit);
            }
            ordered.add(entry);
        }
    }
}
