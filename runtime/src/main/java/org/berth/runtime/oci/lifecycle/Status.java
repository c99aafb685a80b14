package org.berth.runtime.oci.lifecycle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a container is in its life (runtime.md); paused is runc's. */
public enum Status {
    CREATING("creating"),
    CREATED("created"),
    RUNNING("running"),
    PAUSED("paused"),
    STOPPED("stopped");

    private final String word;

    Status(String word) {
        this.word = word;
    }

    /** Its state as it is now. */
    static Status of(StateFolder folder, ContainerState state) {
        if (state.pid() == 0) {
            return CREATING;
        }
        if (!Processes.alive(state)) {
            return STOPPED;
        }
        if (frozen(state)) {
            return PAUSED; // one that is only created may be paused too
        }
        return Files.exists(folder.execFifo()) ? CREATED : RUNNING;
    }

    private static boolean frozen(ContainerState state) {
        for (String group : state.groups()) {
            String legacy = read(Path.of(group, "freezer.state"));
            if (legacy.equals("FROZEN")
                    || legacy.equals("FREEZING")
                    || read(Path.of(group, "cgroup.freeze")).equals("1")) {
                return true;
            }
        }
        return false;
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.US_ASCII).trim();
        } catch (IOException e) {
            return "";
        }
    }

    /** As the state document writes it. */
    @Override
    public String toString() {
        return word;
    }
}
