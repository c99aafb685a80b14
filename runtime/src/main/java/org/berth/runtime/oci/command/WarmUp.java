package org.berth.runtime.oci.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.berth.base.JsonTree;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.LaunchBuilder;
import org.berth.linux.launch.LaunchEncoder;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Operand;
import org.berth.runtime.oci.lifecycle.JsonText;
import tools.jackson.databind.node.ObjectNode;

/** Does what commands do, so that the ahead-of-time cache holds what they need. */
final class WarmUp {
    private WarmUp() {}

    static int run() {
        try {
            Path folder = Files.createTempDirectory("berth-oci-");
            try {
                run(folder);
            } finally {
                try (Stream<Path> files = Files.walk(folder)) {
                    files.sorted(Comparator.reverseOrder())
                            .forEach(file -> file.toFile().delete());
                }
            }
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException("warm up: " + e.getMessage(), e);
        }
    }

    /** A container whose only program ends at once. Where it can't be started, less is known to the cache. */
    private static void run(Path folder) throws IOException {
        Map<String, Object> document = SpecCommand.document(false);
        SpecCommand.setCommand(document, List.of("/end"));
        Path program = Files.createDirectories(folder.resolve("bundle/rootfs")).resolve("end");
        Files.write(program, LaunchEncoder.encode(end()));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(folder.resolve("bundle/config.json"), JsonText.pretty(document));
        Files.writeString(folder.resolve("bundle/more.json"), more(document, folder.toString()));
        String root = folder.resolve("state").toString();
        String bundle = folder.resolve("bundle").toString();
        String id = "berth-warm-up-" + ProcessHandle.current().pid();
        for (List<String> words : List.of(
                List.of("--root", root, "run", "-b", bundle, id),
                List.of("--root", root, "run", "-b", bundle, "--config", "more.json", id),
                List.of("--root", root, "create", "-b", bundle, "--pid-file", root + "/pid", id),
                List.of("--root", root, "state", id),
                List.of("--root", root, "exec", id, "/end"),
                List.of("--root", root, "pause", id),
                List.of("--root", root, "resume", id),
                List.of("--root", root, "update", "--pids-limit", "100", id),
                List.of("--root", root, "ps", id),
                List.of("--root", root, "start", id),
                List.of("--root", root, "list"),
                List.of("--root", root, "kill", id, "KILL"),
                List.of("--root", root, "delete", "-f", id))) {
            OciMain.run(words, Map.of());
        }
    }

    /** What engines ask for besides: a filter, ids of its own, binds, limits, groups, hooks. */
    private static String more(Map<String, Object> document, String bound) {
        ObjectNode more = (ObjectNode) JsonTree.read(JsonText.compact(document));
        ObjectNode process = more.withObjectProperty("process");
        process.set("user", JsonTree.read("{\"uid\": 1, \"gid\": 1, \"additionalGids\": [2]}"));
        process.put("oomScoreAdj", 10);
        more.withArray("mounts").add(JsonTree.read("""
                {"destination": "/bound", "type": "bind", "source": "%s", "options": ["rbind", "rprivate"]}""".formatted(bound)));
        more.set("annotations", JsonTree.read("{\"org.berth.warm\": \"up\"}"));
        more.set("hooks", JsonTree.read("{\"createRuntime\": [{\"path\": \"/bin/true\"}]}"));
        ObjectNode linux = more.withObjectProperty("linux");
        linux.withArray("namespaces").add(JsonTree.read("{\"type\": \"user\"}"));
        String ids = "[{\"containerID\": 0, \"hostID\": 0, \"size\": 65536}]";
        linux.set("uidMappings", JsonTree.read(ids));
        linux.set("gidMappings", JsonTree.read(ids));
        linux.set("resources", JsonTree.read("{\"pids\": {\"limit\": 99}, \"memory\": {\"limit\": 99999744}}"));
        linux.set("seccomp", JsonTree.read("""
                {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
                 "syscalls": [{"names": ["swapon"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1},
                   {"names": ["personality"], "action": "SCMP_ACT_ERRNO",
                    "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]}]}"""));
        return more.toString();
    }

    private static LaunchProgram end() {
        LaunchBuilder builder = LaunchProgram.builder();
        builder.call("end", Call.EXIT_GROUP, Operand.number(0));
        builder.place(builder.failure());
        builder.call("end", Call.EXIT_GROUP, Operand.number(1));
        return builder.build();
    }
}
