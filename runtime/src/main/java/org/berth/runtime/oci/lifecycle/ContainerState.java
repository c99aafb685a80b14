package org.berth.runtime.oci.lifecycle;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.berth.base.JsonTree;
import tools.jackson.databind.JsonNode;

/**
 * What is kept of a container between commands: the members of OCI's state (runtime.md, "State") and
 * ours.
 *
 * @param pid of its first process in the runtime's pid namespace; 0 before there is one
 * @param startTime of that process, clock ticks since boot: with {@code bootId} it tells a reused number
 * @param bootId changes with every start of the kernel
 * @param created when, RFC 3339
 * @param owner whose command created it
 * @param groups the folders of its control groups, one for each hierarchy
 * @param systemd whether systemd made them
 */
public record ContainerState(
        String ociVersion,
        String id,
        long pid,
        String startTime,
        String bootId,
        String bundle,
        String root,
        String created,
        String owner,
        Map<String, String> annotations,
        List<String> groups,
        boolean systemd) {
    public ContainerState {
        annotations = java.util.Collections.unmodifiableMap(new TreeMap<>(annotations));
        groups = List.copyOf(groups);
    }

    /** The same with its first process. */
    ContainerState withProcess(long process, String start) {
        return new ContainerState(
                ociVersion, id, process, start, bootId, bundle, root, created, owner, annotations, groups, systemd);
    }

    /** The same with its control groups. */
    ContainerState withGroups(List<String> folders) {
        return new ContainerState(
                ociVersion, id, pid, startTime, bootId, bundle, root, created, owner, annotations, folders, systemd);
    }

    /** The state as hooks get it. */
    String forHooks(String status) {
        return JsonText.compact(document(status, status.equals("stopped") ? 0 : pid));
    }

    /** OCI's state document, without the members that are runc's own. */
    Map<String, Object> document(String status, long process) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("ociVersion", ociVersion);
        document.put("id", id);
        document.put("status", status);
        if (process > 0) {
            document.put("pid", process);
        }
        document.put("bundle", bundle);
        document.put("annotations", annotations);
        return document;
    }

    String toJson() {
        Map<String, Object> all = document("created", pid);
        all.remove("status");
        all.put("root", root);
        all.put("created", created);
        all.put("owner", owner);
        all.put("startTime", startTime);
        all.put("bootId", bootId);
        all.put("groups", groups);
        all.put("systemd", systemd);
        return JsonText.pretty(all) + "\n";
    }

    static ContainerState parse(byte[] json) {
        JsonNode node = JsonTree.read(json);
        Map<String, String> annotations = new TreeMap<>();
        node.path("annotations")
                .properties()
                .forEach(entry ->
                        annotations.put(entry.getKey(), entry.getValue().stringValue("")));
        List<String> groups = new ArrayList<>();
        node.path("groups").forEach(group -> groups.add(group.stringValue("")));
        return new ContainerState(
                text(node, "ociVersion"),
                text(node, "id"),
                node.path("pid").longValue(0),
                text(node, "startTime"),
                text(node, "bootId"),
                text(node, "bundle"),
                text(node, "root"),
                text(node, "created"),
                text(node, "owner"),
                annotations,
                groups,
                node.path("systemd").booleanValue(false));
    }

    private static String text(JsonNode node, String name) {
        return node.path(name).stringValue("");
    }
}
