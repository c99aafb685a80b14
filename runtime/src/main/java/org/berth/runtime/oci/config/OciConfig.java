package org.berth.runtime.oci.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.berth.base.JsonTree;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A bundle's config.json. Members that the specification does not know are ignored, as it demands;
 * values that it does not know are refused by name. {@link Validation} checks what the parts mean
 * together.
 *
 * @param ociVersion of the specification: "1.2.1"
 * @param root missing only for other platforms
 * @param process may be missing until the container is started
 * @param annotations any keys
 */
public record OciConfig(
        String ociVersion,
        Optional<Root> root,
        List<Mount> mounts,
        Optional<OciProcess> process,
        Optional<String> hostname,
        Optional<String> domainname,
        Hooks hooks,
        Map<String, String> annotations,
        LinuxPart linux) {
    public OciConfig {
        mounts = List.copyOf(mounts);
        annotations = Map.copyOf(annotations);
    }

    /**
     * The container's root.
     *
     * @param path absolute, or relative to the bundle
     */
    public record Root(String path, boolean readonly) {
        private static Root of(ConfigNode node) {
            String path = node.required("path").text();
            if (path.isEmpty()) {
                throw node.required("path").expected("a path");
            }
            return new Root(path, node.flag("readonly"));
        }
    }

    /** The text of config.json. @throws BerthException INVALID, naming the member */
    public static OciConfig parse(byte[] text) {
        return parse(tree(() -> JsonTree.read(text)));
    }

    /** The text of config.json. @throws BerthException INVALID, naming the member */
    public static OciConfig parse(String text) {
        return parse(tree(() -> JsonTree.read(text)));
    }

    /** config.json, read already. */
    public static OciConfig parse(JsonNode tree) {
        ConfigNode node = new ConfigNode(tree, "");
        return new OciConfig(
                node.required("ociVersion").text(),
                node.member("root", Root::of),
                node.list("mounts", Mount::of),
                node.member("process", OciProcess::of),
                node.member("hostname", ConfigNode::text).filter(name -> !name.isEmpty()),
                node.member("domainname", ConfigNode::text).filter(name -> !name.isEmpty()),
                node.member("hooks", Hooks::of).orElse(Hooks.NONE),
                new LinkedHashMap<>(node.map("annotations", ConfigNode::text)),
                node.member("linux", LinuxPart::of).orElse(LinuxPart.EMPTY));
    }

    /** The text of a process alone: what {@code exec --process} takes. */
    public static OciProcess parseProcess(byte[] text) {
        return OciProcess.of(new ConfigNode(tree(() -> JsonTree.read(text)), ""));
    }

    /** The text of {@code linux.resources} alone: what {@code update --resources} takes. */
    public static Resources parseResources(byte[] text) {
        return Resources.of(new ConfigNode(tree(() -> JsonTree.read(text)), ""));
    }

    private static JsonNode tree(Supplier<JsonNode> read) {
        try {
            return read.get();
        } catch (JacksonException e) {
            String place = e.getLocation() == null
                    ? ""
                    : " (line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ")";
            String words = String.valueOf(e.getOriginalMessage());
            int source = words.indexOf(" (start marker"); // a place in Jackson's own terms
            throw ConfigNode.error("", "not JSON: " + (source < 0 ? words : words.substring(0, source)) + place);
        }
    }

    /** The same with this process. */
    public OciConfig withProcess(OciProcess value) {
        return new OciConfig(
                ociVersion, root, mounts, Optional.of(value), hostname, domainname, hooks, annotations, linux);
    }

    /** The same with these mounts. */
    public OciConfig withMounts(List<Mount> value) {
        return new OciConfig(ociVersion, root, value, process, hostname, domainname, hooks, annotations, linux);
    }

    /** The same with this part. */
    public OciConfig withLinux(LinuxPart value) {
        return new OciConfig(ociVersion, root, mounts, process, hostname, domainname, hooks, annotations, value);
    }
}
