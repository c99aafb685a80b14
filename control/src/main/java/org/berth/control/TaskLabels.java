package org.berth.control;

/** The labels that mark what belongs to a project: Compose's own, so that existing tools group them. */
public final class TaskLabels {
    public static final String PROJECT = "com.docker.compose.project";
    public static final String SERVICE = "com.docker.compose.service";
    /** The task's number, from 1. */
    public static final String NUMBER = "com.docker.compose.container-number";
    /** The spec's hash, {@link TaskSpec#hash}. */
    public static final String HASH = "com.docker.compose.config-hash";
    /** "False" for a task, "True" for a container of {@code berth run}. */
    public static final String ONE_OFF = "com.docker.compose.oneoff";
    /** The project's folder. */
    public static final String FOLDER = "com.docker.compose.project.working_dir";
    /** The Compose file. */
    public static final String FILE = "com.docker.compose.project.config_files";
    /** On a network: its name in the file. */
    public static final String NETWORK = "com.docker.compose.network";
    /** On a volume: its name in the file. */
    public static final String VOLUME = "com.docker.compose.volume";

    private TaskLabels() {}
}
