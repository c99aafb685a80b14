package org.berth.runtime.oci.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Ids that the option of an id-mapped mount names itself, as crun takes them:
 * {@code idmap=uids=0-1000-10#10-2000-5;gids=0-1000-10}, each range the first id in the file system, the
 * first on the host and their number.
 */
record InlineIdMap(List<IdMapping> uids, List<IdMapping> gids) {
    private static final long ID_MAX = 0xffff_fffeL;

    /** Takes such an option out of the words, and leaves the word without ids in its place. */
    static Optional<InlineIdMap> take(List<String> words, String path) {
        Optional<InlineIdMap> taken = Optional.empty();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.startsWith("idmap=") || word.startsWith("ridmap=")) {
                int equals = word.indexOf('=');
                taken = Optional.of(parse(word.substring(equals + 1), word, path));
                words.set(i, word.substring(0, equals));
            }
        }
        return taken;
    }

    private static InlineIdMap parse(String text, String word, String path) {
        List<IdMapping> uids = new ArrayList<>();
        List<IdMapping> gids = new ArrayList<>();
        for (String part : text.split(";", -1)) {
            int equals = part.indexOf('=');
            String name = equals < 0 ? part : part.substring(0, equals);
            List<IdMapping> ids = switch (name) {
                case "uids" -> uids;
                case "gids" -> gids;
                default -> throw unexpected(word, path);
            };
            for (String range : part.substring(equals + 1).split("#", -1)) {
                ids.add(range(range, word, path));
            }
        }
        if (uids.isEmpty() || gids.isEmpty()) {
            throw unexpected(word, path);
        }
        return new InlineIdMap(uids, gids);
    }

    private static IdMapping range(String text, String word, String path) {
        if (!text.matches("[0-9]{1,10}-[0-9]{1,10}-[0-9]{1,10}")) {
            throw unexpected(word, path);
        }
        String[] numbers = text.split("-", -1);
        long first = Long.parseLong(numbers[0]);
        long host = Long.parseLong(numbers[1]);
        long size = Long.parseLong(numbers[2]);
        if (first > ID_MAX || host > ID_MAX || size < 1 || size > ID_MAX) {
            throw unexpected(word, path);
        }
        return new IdMapping(first, host, size);
    }

    private static RuntimeException unexpected(String word, String path) {
        return ConfigNode.error(
                path, "expected idmap=uids=FIRST-HOST-NUMBER#...;gids=FIRST-HOST-NUMBER#..., found \"" + word + "\"");
    }
}
