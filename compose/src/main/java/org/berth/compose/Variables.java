package org.berth.compose;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What variables mean: the process's environment over {@code .env}, the project's name below both. */
final class Variables {
    private final Map<String, String> values;

    Variables(Map<String, String> environment, Map<String, String> file) {
        values = new HashMap<>(file);
        values.putAll(environment);
    }

    Optional<String> find(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** The project's name, once it is known. */
    void projectName(String name) {
        values.put("COMPOSE_PROJECT_NAME", name);
    }
}
