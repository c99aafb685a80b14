package org.berth.server.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerRequest.Mount;
import tools.jackson.databind.JsonNode;

/** Reads mounts: Binds ("source:target:options"), Mounts, Tmpfs and anonymous Volumes. */
final class MountReader {
    /** Options of a bind that ask for what is so anyway, or that are about labels this host lacks. */
    private static final Set<String> HARMLESS = Set.of("rw", "z", "Z", "rprivate", "private", "");

    private MountReader() {}

    static List<Mount> read(JsonNode body) {
        JsonNode host = Tree.at(body, "HostConfig");
        List<Mount> mounts = new ArrayList<>();
        for (String bind : Tree.texts(host, "Binds").orElse(List.of())) {
            mounts.add(bind(bind));
        }
        Tree.at(host, "Mounts").forEach(mount -> mounts.add(mount(mount)));
        Tree.map(host, "Tmpfs").forEach((target, options) -> mounts.add(new Mount.Memory(absolute(target), options)));
        for (String target : Tree.keys(body, "Volumes")) {
            if (mounts.stream().noneMatch(mount -> mount.target().equals(target))) {
                mounts.add(new Mount.Volume("", absolute(target), false));
            }
        }
        return List.copyOf(mounts);
    }

    private static Mount bind(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length < 2 || parts.length > 3) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "invalid bind \"" + text + "\": expected SOURCE:TARGET or SOURCE:TARGET:OPTIONS");
        }
        boolean readOnly = false;
        for (String option : parts.length == 3 ? parts[2].split(",", -1) : new String[0]) {
            if (option.equals("ro")) {
                readOnly = true;
            } else if (!HARMLESS.contains(option)) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        "option " + option + " of bind \"" + text + "\" is not implemented by Berth");
            }
        }
        String source = parts[0];
        if (source.startsWith("/")) {
            return new Mount.Bind(made(Path.of(source)), absolute(parts[1]), readOnly);
        }
        return new Mount.Volume(source, absolute(parts[1]), readOnly);
    }

    /** A missing source of a short bind becomes a folder, as docker does it. */
    private static Path made(Path source) {
        try {
            if (!Files.exists(source)) {
                Files.createDirectories(source);
            }
            return source;
        } catch (IOException e) {
            throw new BerthException(ErrorCode.INVALID, "create bind source " + source + ": " + e.getMessage(), e);
        }
    }

    private static Mount mount(JsonNode mount) {
        String type = Tree.text(mount, "Type").orElse("");
        String target = absolute(Tree.text(mount, "Target").orElse(""));
        String source = Tree.text(mount, "Source").orElse("");
        boolean readOnly = Tree.flag(mount, "ReadOnly");
        refuse(mount, type, target);
        return switch (type) {
            case "volume" -> new Mount.Volume(source, target, readOnly);
            case "bind" -> new Mount.Bind(existing(source), target, readOnly);
            case "tmpfs" -> new Mount.Memory(target, memoryOptions(Tree.at(mount, "TmpfsOptions")));
            default ->
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        "mount type \"" + type + "\" of " + target
                                + " is not implemented by Berth: it has bind, volume, tmpfs");
        };
    }

    private static void refuse(JsonNode mount, String type, String target) {
        Map<String, JsonNode> others = Unsupported.besides(
                mount, Set.of("Type", "Target", "Source", "ReadOnly", "TmpfsOptions", "Consistency"));
        others.entrySet().removeIf(entry -> isDefault(entry.getKey(), entry.getValue()));
        if (!others.isEmpty()) {
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    others.keySet() + " of " + type + " mount " + target + " is not implemented by Berth");
        }
    }

    private static boolean isDefault(String key, JsonNode value) {
        return key.equals("BindOptions")
                && Unsupported.besides(value, Set.of("Propagation")).isEmpty()
                && HARMLESS.contains(Tree.text(value, "Propagation").orElse(""));
    }

    private static Path existing(String source) {
        if (!source.startsWith("/")) {
            throw new BerthException(
                    ErrorCode.INVALID, "invalid mount path: '" + source + "' mount path must be absolute");
        }
        if (!Files.exists(Path.of(source))) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "invalid mount config for type \"bind\": bind source path does not exist: " + source);
        }
        return Path.of(source);
    }

    private static String memoryOptions(JsonNode options) {
        List<String> words = new ArrayList<>();
        long size = Tree.number(options, "SizeBytes");
        if (size > 0) {
            words.add("size=" + size);
        }
        long mode = Tree.number(options, "Mode");
        if (mode > 0) {
            words.add("mode=" + Long.toOctalString(mode));
        }
        return String.join(",", words);
    }

    private static String absolute(String target) {
        if (!target.startsWith("/")) {
            throw new BerthException(
                    ErrorCode.INVALID, "invalid mount target \"" + target + "\": expected an absolute path");
        }
        return target;
    }
}
