package org.berth.runtime.oci.config;

import java.util.List;
import java.util.Optional;

/** Programs to run at six points of a container's life. */
public record Hooks(
        List<Hook> prestart,
        List<Hook> createRuntime,
        List<Hook> createContainer,
        List<Hook> startContainer,
        List<Hook> poststart,
        List<Hook> poststop) {
    /** No hooks. */
    public static final Hooks NONE = new Hooks(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

    public Hooks {
        prestart = List.copyOf(prestart);
        createRuntime = List.copyOf(createRuntime);
        createContainer = List.copyOf(createContainer);
        startContainer = List.copyOf(startContainer);
        poststart = List.copyOf(poststart);
        poststop = List.copyOf(poststop);
    }

    /**
     * One program.
     *
     * @param path absolute, in the runtime's namespace but for startContainer
     * @param arguments with the program's name first; empty: the path alone
     * @param timeout seconds, above 0
     */
    public record Hook(String path, List<String> arguments, List<String> environment, Optional<Integer> timeout) {
        public Hook {
            arguments = List.copyOf(arguments);
            environment = List.copyOf(environment);
        }

        private static Hook of(ConfigNode node) {
            ConfigNode path = node.required("path");
            if (!path.text().startsWith("/")) {
                throw path.expected("an absolute path");
            }
            return new Hook(
                    path.text(),
                    node.texts("args"),
                    node.texts("env"),
                    node.member("timeout").map(timeout -> (int) timeout.number(1, Integer.MAX_VALUE)));
        }
    }

    static Hooks of(ConfigNode node) {
        return new Hooks(
                node.list("prestart", Hook::of),
                node.list("createRuntime", Hook::of),
                node.list("createContainer", Hook::of),
                node.list("startContainer", Hook::of),
                node.list("poststart", Hook::of),
                node.list("poststop", Hook::of));
    }
}
