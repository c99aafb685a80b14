package org.berth.image.debian;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * What a suite's signed Release file says: which suite it is, from when to when it may be used, and
 * the sizes and hashes of its indices.
 *
 * @param files by path below the suite's folder
 */
record Release(
        String origin,
        String suite,
        String codename,
        Instant date,
        Optional<Instant> validUntil,
        boolean byHash,
        List<String> architectures,
        Map<String, FileDigest> files) {
    /** How far the clock of whoever made the file may be ahead of ours. */
    private static final Duration CLOCK_SKEW_MAX = Duration.ofMinutes(10);

    /** Size in bytes and SHA-256 in lower-case hexadecimal. */
    record FileDigest(long sizeBytes, String sha256) {}

    /** Reads the file's text, whose signature was verified. */
    static Release parse(String text, AptSource source) {
        List<Stanza> stanzas = Stanza.parse(text);
        if (stanzas.size() != 1) {
            throw broken(source, "has " + stanzas.size() + " paragraphs, one was expected");
        }
        Stanza stanza = stanzas.getFirst();
        return new Release(
                stanza.get("Origin"),
                stanza.get("Suite"),
                stanza.get("Codename"),
                time(stanza.get("Date"), source),
                stanza.find("Valid-Until").map(until -> time(until, source)),
                stanza.get("Acquire-By-Hash").equals("yes"),
                stanza.words("Architectures"),
                files(stanza.get("SHA256"), source));
    }

    private static Instant time(String text, AptSource source) {
        try {
            return ZonedDateTime.parse(text.replace("UTC", "GMT"), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
        } catch (DateTimeParseException e) {
            throw broken(source, "has the date '" + text + "'");
        }
    }

    private static Map<String, FileDigest> files(String lines, AptSource source) {
        Map<String, FileDigest> files = new HashMap<>();
        for (String line : lines.split("\n", -1)) {
            String[] words = line.strip().split("\\s+");
            if (words.length == 3 && words[0].matches("[0-9a-f]{64}") && words[1].matches("[0-9]{1,15}")) {
                files.put(words[2], new FileDigest(Long.parseLong(words[1]), words[0]));
            } else if (!line.isBlank()) {
                throw broken(source, "has the SHA256 line '" + line.strip() + "'");
            }
        }
        return Map.copyOf(files);
    }

    /**
     * Checks that it is the archive's file for the suite that was asked for, and neither outdated
     * nor from the future: an old file, replayed with its good signature, would bring back packages
     * whose faults are known.
     */
    void check(AptSource source, Instant now) {
        if (!origin.equals("Debian")) {
            throw broken(source, "is of '" + origin + "', Debian was expected");
        }
        if (!source.suite().equals(codename) && !source.suite().equals(suite)) {
            throw broken(source, "is for " + codename + " (" + suite + ")");
        }
        if (date.isAfter(now.plus(CLOCK_SKEW_MAX))) {
            throw broken(source, "is from the future (" + date + "): check this machine's clock");
        }
        if (!source.mayBeOld() && validUntil.isPresent() && validUntil.get().isBefore(now)) {
            throw broken(
                    source,
                    "was valid until " + validUntil.get()
                            + ": the mirror is out of date, or this machine's clock is wrong");
        }
    }

    private static BerthException broken(AptSource source, String what) {
        return new BerthException(ErrorCode.FAILED, "the Release file of " + source + " " + what);
    }
}
