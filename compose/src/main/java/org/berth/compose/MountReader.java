package org.berth.compose;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.berth.compose.text.TextException;
import org.berth.compose.yaml.YamlValue;

/** A service's volumes, short ({@code SOURCE:TARGET[:MODE]}) and long. */
final class MountReader {
    private MountReader() {}

    static List<Mount> read(Fields service, References references) {
        List<Mount> mounts = new ArrayList<>();
        Set<String> targets = new HashSet<>();
        for (Mount memory : JailReader.memory(service)) {
            if (targets.add(memory.target())) {
                mounts.add(memory);
            } else {
                service.context()
                        .problems()
                        .report(service.position("tmpfs"), "something is mounted on " + memory.target() + " already");
            }
        }
        for (YamlValue item : service.items("volumes")) {
            Optional<Mount> mount = item instanceof YamlValue.Scalar scalar
                    ? service.context()
                            .attempt(
                                    scalar.position(),
                                    () -> parse(
                                            service.context(), service.context().text(scalar)))
                    : Fields.of(service.context(), "a volume of " + service.where(), item, Keys.MOUNT)
                            .flatMap(MountReader::longForm);
            mount.ifPresent(read -> {
                if (!targets.add(read.target())) {
                    service.context()
                            .problems()
                            .report(item.position(), "something is mounted on " + read.target() + " already");
                }
                if (read.kind() == Mount.Kind.VOLUME) {
                    references.volume(read.source(), item.position());
                }
                mounts.add(read);
            });
        }
        return mounts;
    }

    private static Mount parse(Context context, String text) {
        String[] parts = text.split(":", -1);
        if (parts.length == 1 && text.startsWith("/")) {
            throw new TextException(
                    "volume '" + text + "' has no name: berth has named volumes and host folders; write NAME:" + text
                            + " and declare NAME under the file's 'volumes'");
        }
        if (parts.length < 2 || parts.length > 3 || parts[0].isEmpty()) {
            throw new TextException("'" + text + "' is not a volume: expected source:target[:ro]");
        }
        boolean readOnly = parts.length == 3 && readOnly(parts[2], text);
        boolean bind = parts[0].startsWith("/") || parts[0].startsWith(".") || parts[0].startsWith("~");
        if (!bind && !ProjectNames.plain(parts[0])) {
            throw new TextException("'" + parts[0] + "' is neither a volume's name nor a path: write ./" + parts[0]
                    + " for a folder beside the file");
        }
        String source = bind ? context.path(parts[0]) : parts[0];
        return new Mount(bind ? Mount.Kind.BIND : Mount.Kind.VOLUME, source, target(parts[1]), readOnly, bind);
    }

    private static boolean readOnly(String mode, String text) {
        boolean readOnly = false;
        for (String option : mode.split(",", -1)) {
            switch (option) {
                case "ro" -> readOnly = true;
                case "rw" -> readOnly = false;
                default ->
                    throw new TextException(
                            "option '" + option + "' of volume '" + text + "' is not supported: expected ro or rw");
            }
        }
        return readOnly;
    }

    private static Optional<Mount> longForm(Fields fields) {
        Context context = fields.context();
        String type = fields.text("type").orElse("volume");
        Optional<String> source = fields.text("source").filter(text -> !text.isEmpty());
        Optional<String> target = fields.text("target");
        boolean readOnly = fields.flag("read_only", false);
        boolean create = fields.fields("bind", Keys.BIND)
                .map(bind -> bind.flag("create_host_path", true))
                .orElse(true);
        if (type.equals("tmpfs")) {
            return memory(fields, readOnly);
        }
        if (!type.equals("volume") && !type.equals("bind")) {
            context.problems()
                    .reportUnsupported(
                            fields.valuePosition("type"),
                            "volume type '" + type + "' is not supported: expected volume, bind or tmpfs");
            return Optional.empty();
        }
        if (source.isEmpty() || target.isEmpty()) {
            context.problems().report(fields.mapping().position(), fields.where() + " needs a 'source' and a 'target'");
            return Optional.empty();
        }
        boolean bind = type.equals("bind");
        if (!bind && !ProjectNames.plain(source.get())) {
            context.problems()
                    .report(
                            fields.valuePosition("source"),
                            "'" + source.get() + "' is not a volume's name: write 'type: bind' for a host folder");
            return Optional.empty();
        }
        return context.attempt(
                fields.valuePosition("target"),
                () -> new Mount(
                        bind ? Mount.Kind.BIND : Mount.Kind.VOLUME,
                        bind ? context.path(source.get()) : source.get(),
                        target(target.get()),
                        readOnly,
                        bind && create));
    }

    private static Optional<Mount> memory(Fields fields, boolean readOnly) {
        Optional<Fields> options = fields.fields("tmpfs", Keys.MEMORY);
        List<String> words = new ArrayList<>();
        options.map(of -> of.bytes("size")).orElseGet(OptionalLong::empty).ifPresent(size -> words.add("size=" + size));
        options.flatMap(of -> of.text("mode")).ifPresent(mode -> words.add("mode=" + mode));
        if (readOnly) {
            words.add("ro");
        }
        return fields.context()
                .attempt(
                        fields.valuePosition("target"),
                        () -> memory(fields.text("target").orElse(""), String.join(",", words)));
    }

    /** @param options as mount(8) has them for tmpfs */
    static Mount memory(String target, String options) {
        if (!options.matches("([a-z_]+(=[0-9]+[kmgKMG%]?)?(,|$))*")) {
            throw new TextException("'" + options + "' are not tmpfs options: expected some like size=64m,mode=1777");
        }
        return new Mount(
                Mount.Kind.MEMORY,
                options,
                target(target),
                List.of(options.split(",")).contains("ro"),
                false);
    }

    /** A path in the container: absolute, without {@code ..}. */
    static String target(String text) {
        String path = text.length() > 1 && text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        if (!path.startsWith("/")
                || path.equals("/")
                || List.of(path.split("/")).contains("..")) {
            throw new TextException("'" + text + "' must be an absolute path in the container, without '..'");
        }
        return path;
    }
}
