package org.berth.runtime.oci.lifecycle;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.berth.linux.Descriptor;
import org.berth.runtime.oci.config.Seccomp;

/** Hands a filter's listener to the agent that answers for it (runtime-spec, "The Container Process State"). */
final class SeccompListener {
    private SeccompListener() {}

    /** @param pid the process that loaded the filter */
    static void give(Seccomp seccomp, ContainerState state, String status, long pid, Descriptor listener) {
        Path socket = Path.of(seccomp.listenerPath().orElseThrow());
        Map<String, Object> text = new LinkedHashMap<>();
        text.put("ociVersion", state.ociVersion());
        text.put("fds", List.of("seccompFd"));
        text.put("pid", pid);
        text.put("metadata", seccomp.listenerMetadata().orElse(""));
        text.put("state", state.document(status, state.pid()));
        byte[] bytes = JsonText.compact(text).getBytes(StandardCharsets.UTF_8);
        Kernel.send("seccomp listener " + socket, socket, bytes, listener);
    }
}
