package org.berth.runtime.oci.lifecycle;

import java.util.ArrayList;
import java.util.List;
import org.berth.runtime.oci.config.OciConfig;

/** Sockets that a service manager has opened for a container (sd_listen_fds(3)): they are handed on. */
final class Sockets {
    private static final String COUNT = "LISTEN_FDS";
    private static final String NAMES = "LISTEN_FDNAMES";
    private static final int COUNT_MAX = 64;

    private Sockets() {}

    /** How many there are, from descriptor 3 on. */
    static int count() {
        try {
            return Math.clamp(Integer.parseInt(System.getenv().getOrDefault(COUNT, "0")), 0, COUNT_MAX);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** The configuration with what tells the process of them. */
    static OciConfig pass(OciConfig config) {
        if (count() == 0 || config.process().isEmpty()) {
            return config;
        }
        List<String> environment = new ArrayList<>(config.process().get().environment());
        environment.add(COUNT + "=" + count());
        environment.add("LISTEN_PID=1");
        String names = System.getenv().getOrDefault(NAMES, "");
        if (!names.isEmpty()) {
            environment.add(NAMES + "=" + names);
        }
        return config.withProcess(config.process().get().withEnvironment(environment));
    }
}
