package org.berth.compose;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.compose.text.TextException;
import org.berth.compose.yaml.YamlValue;

/** The secrets of a service, by name or with target, owner and mode. */
final class SecretUseReader {
    private static final String FOLDER = "/run/secrets/";
    private static final int MODE = 0444;
    private static final long ID_MAX = 0xFFFF_FFFEL;

    private SecretUseReader() {}

    static List<SecretUse> read(Fields service, References references) {
        List<SecretUse> uses = new ArrayList<>();
        for (YamlValue item : service.items("secrets")) {
            Optional<SecretUse> use = switch (item) {
                case YamlValue.Scalar scalar ->
                    Optional.of(service.context().text(scalar))
                            .map(name -> new SecretUse(name, FOLDER + name, 0, 0, MODE));
                default ->
                    Fields.of(service.context(), "a secret of " + service.where(), item, Keys.SECRET_USE)
                            .flatMap(SecretUseReader::longForm);
            };
            use.ifPresent(read -> {
                references.secret(read.secret(), item.position());
                if (uses.stream().anyMatch(other -> other.target().equals(read.target()))) {
                    service.context()
                            .problems()
                            .report(item.position(), "a secret is put on " + read.target() + " already");
                }
                uses.add(read);
            });
        }
        return uses;
    }

    private static Optional<SecretUse> longForm(Fields fields) {
        Context context = fields.context();
        Optional<String> source = fields.text("source").filter(text -> !text.isEmpty());
        if (source.isEmpty()) {
            context.problems().report(fields.mapping().position(), fields.where() + " needs a 'source'");
            return Optional.empty();
        }
        String target = fields.text("target")
                .filter(text -> !text.isEmpty())
                .map(text -> text.startsWith("/") ? text : FOLDER + text)
                .orElse(FOLDER + source.get());
        long uid = fields.whole("uid", 0, ID_MAX).orElse(0);
        long gid = fields.whole("gid", 0, ID_MAX).orElse(0);
        int mode = fields.text("mode")
                .flatMap(text -> context.attempt(fields.valuePosition("mode"), () -> mode(text)))
                .orElse(MODE);
        if (!target.startsWith(FOLDER)) {
            context.problems()
                    .reportUnsupported(
                            fields.valuePosition("target"),
                            "target '" + target + "' of a secret is not supported: expected a path below " + FOLDER);
        }
        return context.attempt(
                fields.valuePosition("target"),
                () -> new SecretUse(source.get(), MountReader.target(target), uid, gid, mode));
    }

    /** Octal with a leading 0 or 0o, as YAML 1.1 and 1.2 write it; a plain number too, as people mean it. */
    private static int mode(String text) {
        String digits = text.startsWith("0o") ? text.substring(2) : text;
        try {
            int mode = Integer.parseInt(digits, 8);
            if (mode >= 0 && mode <= 0777) {
                return mode;
            }
        } catch (NumberFormatException e) {
            // falls through to the one message
        }
        throw new TextException("mode '" + text + "' of a secret must be octal, like 0440");
    }
}
