package org.berth.engine;

import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Names and ids of containers: what a name may be, and names for those that were given none. */
final class ContainerNames {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");
    private static final int NAME_LENGTH_MAX = 253;
    private static final int ID_BYTES = 32;
    private static final int ATTEMPTS_MAX = 50;

    private static final List<String> FIRST = List.of(
            "amber", "azure", "brisk", "calm", "candid", "cedar", "coral", "dapper", "dusky", "eager", "early", "fair",
            "fleet", "frosty", "gentle", "golden", "hardy", "hazel", "ivory", "jolly", "keen", "late", "lively",
            "lofty", "lucid", "mellow", "mild", "misty", "nimble", "noble", "olive", "pearly", "plucky", "proud",
            "quiet", "rapid", "rosy", "rustic", "salty", "silver", "sleek", "snug", "stout", "sunny", "swift", "tidy",
            "trim", "vivid", "warm", "windy");

    private static final List<String> SECOND = List.of(
            "anchor",
            "barge",
            "beacon",
            "bollard",
            "bow",
            "breeze",
            "brig",
            "buoy",
            "cape",
            "capstan",
            "clipper",
            "coast",
            "compass",
            "cove",
            "current",
            "cutter",
            "deck",
            "delta",
            "dinghy",
            "dock",
            "estuary",
            "ferry",
            "fjord",
            "galley",
            "gull",
            "harbour",
            "hawser",
            "heron",
            "hull",
            "jetty",
            "keel",
            "kelp",
            "ketch",
            "lagoon",
            "lighthouse",
            "lock",
            "marina",
            "mast",
            "mooring",
            "oar",
            "pebble",
            "pier",
            "pilot",
            "quay",
            "reef",
            "rudder",
            "sail",
            "schooner",
            "shoal",
            "skiff",
            "sloop",
            "tern",
            "tide",
            "tiller",
            "trawler",
            "tug",
            "wharf",
            "yawl");

    private ContainerNames() {}

    /** The name, when it is one. */
    static String check(String name) {
        String bare = name.startsWith("/") ? name.substring(1) : name;
        if (!NAME.matcher(bare).matches() || bare.length() > NAME_LENGTH_MAX) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "invalid container name '" + name + "': expected a letter or digit, then letters, digits, '_', '.'"
                            + " and '-', at most " + NAME_LENGTH_MAX);
        }
        return bare;
    }

    /** A name of two words that is free. */
    static String generate(RandomGenerator random, Predicate<String> taken) {
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            String name =
                    pick(FIRST, random) + "_" + pick(SECOND, random) + (attempt < 5 ? "" : random.nextInt(10_000));
            if (!taken.test(name)) {
                return name;
            }
        }
        return newId(random).substring(0, 12);
    }

    /** A fresh id: 64 hexadecimal digits. Twelve digits that read as a number would be a poor host name. */
    static String newId(RandomGenerator random) {
        while (true) {
            StringBuilder id = new StringBuilder(ID_BYTES * 2);
            for (int i = 0; i < ID_BYTES; i++) {
                int value = random.nextInt(256);
                id.append(Character.forDigit(value >> 4, 16)).append(Character.forDigit(value & 15, 16));
            }
            if (id.chars().limit(12).anyMatch(Character::isLetter)) {
                return id.toString();
            }
        }
    }

    private static String pick(List<String> words, RandomGenerator random) {
        return words.get(random.nextInt(words.size()));
    }
}
