package org.berth.runtime.explain;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.runtime.ContainerRuntime.Explanation.Section;

/** Puts an explanation together from /proc/PID and the control groups. */
public final class Explainer {
    private static final int FILE_BYTES_MAX = 1 << 20;
    private static final List<String> NAMESPACES = List.of("pid", "mnt", "net", "ipc", "uts", "cgroup", "user", "time");

    private final Path proc;

    /** @param proc where the process table is mounted: /proc */
    public Explainer(Path proc) {
        this.proc = proc;
    }

    /**
     * The sections for a running container.
     *
     * @param pid its first process
     * @param layers the folders its root is made of, the topmost first
     * @param groups its control groups' folders
     */
    public List<Section> explain(long pid, List<String> layers, List<Path> groups) {
        Path process = proc.resolve(Long.toString(pid));
        String mounts = read(process.resolve("mountinfo"));
        String status = read(process.resolve("status"));
        String map = read(process.resolve("uid_map"));
        List<Section> sections = new ArrayList<>();
        List<String> warnings = Rights.warnings(status, map);
        if (!warnings.isEmpty()) {
            sections.add(new Section("warnings", warnings));
        }
        sections.add(new Section("namespaces", namespaces(process)));
        sections.add(new Section("user ids", Rights.ids(map)));
        sections.add(new Section("root and layers", Mounts.root(mounts, layers)));
        sections.add(new Section("mounts", Mounts.others(mounts)));
        sections.add(new Section("limits and usage", Limits.describe(groups)));
        sections.add(new Section("processes' rights", Rights.identity(status, map)));
        sections.add(new Section("capabilities", Rights.capabilities(status)));
        sections.add(new Section("seccomp", Rights.filter(status)));
        sections.add(new Section("interfaces", Interfaces.counters(read(process.resolve("net/dev")))));
        sections.add(new Section("addresses", Interfaces.addresses(read(process.resolve("net/fib_trie")))));
        sections.add(new Section("routes", Interfaces.routes(read(process.resolve("net/route")))));
        return sections;
    }

    /** Its own, or shared with the host; told by the inode that stands for each. */
    private List<String> namespaces(Path process) {
        List<String> lines = new ArrayList<>();
        for (String kind : NAMESPACES) {
            Optional<String> own = link(process.resolve("ns").resolve(kind));
            Optional<String> host = link(proc.resolve("self/ns").resolve(kind));
            own.ifPresent(name -> lines.add(
                    "%-6s %s, %s".formatted(kind, name, own.equals(host) ? "shared with the host" : "its own")));
        }
        return lines;
    }

    private static Optional<String> link(Path file) {
        try {
            return Optional.of(Files.readSymbolicLink(file).toString());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** A kernel file's text; "" when it is gone. Read in one go: some files answer only the first read. */
    static String read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(FILE_BYTES_MAX), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
