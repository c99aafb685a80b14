package org.berth.compose;

import java.util.Map;
import org.berth.compose.text.Spelling;

/** What to write instead of a key that Compose has and Berth has not. */
final class KeyAdvice {
    private static final Map<String, String> SERVICE = Map.of(
            "expose", "remove it, services of one network reach every port",
            "container_name",
                    "remove it, a container is named PROJECT-SERVICE-NUMBER and answers to its service's name",
            "links", "remove it, services of one network reach each other by name",
            "cgroup_parent", "remove it, a container's control group is below berth's own",
            "storage_opt", "remove it, or put what must be bounded on a volume",
            "configs", "use a bind mount under 'volumes', or 'secrets'",
            "extends", "use a YAML anchor and a merge key");

    private KeyAdvice() {}

    /** Why a key is refused and what to do, in words that follow "key 'KEY' in PLACE". */
    static String of(Keys keys, String key) {
        if (keys == Keys.PROJECT && key.equals("version")) {
            return " is obsolete, Compose itself ignores it: remove it";
        }
        return " is Compose's, but berth does not have it yet: " + instead(keys, key);
    }

    private static String instead(Keys keys, String key) {
        if (keys == Keys.SERVICE && SERVICE.containsKey(key)) {
            return SERVICE.getOrDefault(key, "");
        }
        if (keys == Keys.DEPLOY && key.equals("restart_policy")) {
            return "use the service's 'restart'";
        }
        return Spelling.nearest(key, keys.supported())
                .map(near -> "remove it, or did you mean '" + near + "'?")
                .orElse("remove it");
    }
}
