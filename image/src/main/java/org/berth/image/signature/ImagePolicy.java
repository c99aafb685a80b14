package org.berth.image.signature;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.JsonTree;
import org.berth.image.Image;
import org.berth.image.Reference;
import org.berth.image.attached.Attachment;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Which images containers may be made of. The first rule whose pattern fits a name decides for it; an image with several
 * names must be allowed by each, so that another name is no way round. An image without a name is {@value #NAMELESS}.
 *
 * @param file where it is written, for errors
 */
public record ImagePolicy(String file, List<Rule> rules, Requirement otherwise) {
    /** The name of images that have none, such as those of build steps. */
    public static final String NAMELESS = "<none>";

    /** No policy: everything runs. */
    public static final ImagePolicy OPEN = new ImagePolicy("", List.of(), new Requirement(Kind.ANYTHING, List.of()));

    private static final int BYTES_MAX = 1024 * 1024;

    /** What is asked of an image. */
    public enum Kind {
        /** A signature of one of the keys. */
        KEY,
        /** It may run as it is. */
        ANYTHING,
        /** It may not run. */
        NOTHING
    }

    /** What is asked, and by which keys. */
    public record Requirement(Kind kind, List<Verifier> keys) {
        public Requirement {
            keys = List.copyOf(keys);
        }
    }

    /**
     * A rule.
     *
     * @param name a full name without tag, "*" for any letters: "docker.io/library/*"
     */
    public record Rule(String name, Requirement requirement) {
        boolean fits(String wanted) {
            String expression = Pattern.quote(name).replace("*", "\\E.*\\Q");
            return Pattern.matches(expression, wanted);
        }
    }

    public ImagePolicy {
        rules = List.copyOf(rules);
    }

    /**
     * Reads a policy's file; none there: everything runs.
     *
     * @throws BerthException INVALID when it is not of the form: a policy that can't be read lets nothing run
     */
    public static ImagePolicy read(Path file) {
        if (!Files.exists(file)) {
            return OPEN;
        }
        try {
            JsonNode read = JsonTree.read(text(file));
            if (!read.isObject()) {
                throw invalid(file, "expected an object with \"images\" and \"otherwise\"");
            }
            List<Rule> rules = new ArrayList<>();
            for (JsonNode rule : read.path("images")) {
                String name = rule.path("name").asString("");
                if (name.isEmpty()) {
                    throw invalid(file, "a rule without a \"name\"");
                }
                rules.add(new Rule(name, requirement(file, name, rule)));
            }
            JsonNode otherwise = read.path("otherwise");
            return new ImagePolicy(
                    file.toString(),
                    rules,
                    otherwise.isMissingNode()
                            ? new Requirement(Kind.ANYTHING, List.of())
                            : new Requirement(kind(file, "otherwise", otherwise.asString("")), List.of()));
        } catch (JacksonException e) {
            throw invalid(file, "not JSON: " + e.getOriginalMessage());
        }
    }

    private static Requirement requirement(Path file, String name, JsonNode rule) {
        Kind kind = kind(file, name, rule.path("require").asString(""));
        List<Verifier> keys = new ArrayList<>();
        for (JsonNode key : rule.path("keys")) {
            Path path = file.resolveSibling(key.asString(""));
            try {
                keys.add(Verifier.of(text(path)));
            } catch (BerthException e) {
                throw invalid(file, name + ": " + path + ": " + e.getMessage());
            }
        }
        if (kind == Kind.KEY == keys.isEmpty()) {
            throw invalid(file, name + ": " + (keys.isEmpty() ? "no \"keys\"" : "\"keys\" need \"require\": \"key\""));
        }
        return new Requirement(kind, keys);
    }

    private static Kind kind(Path file, String where, String word) {
        return switch (word) {
            case "key" -> Kind.KEY;
            case "anything" -> Kind.ANYTHING;
            case "nothing" -> Kind.NOTHING;
            default -> throw invalid(file, where + ": '" + word + "': expected \"key\", \"anything\" or \"nothing\"");
        };
    }

    /**
     * Lets an image pass, or not.
     *
     * @param attachments what is attached to it
     * @throws BerthException UNAUTHORIZED when it may not run, with the reason
     */
    public void check(Image image, Supplier<List<Attachment>> attachments) {
        if (rules.isEmpty() && otherwise.kind() == Kind.ANYTHING) {
            return;
        }
        List<String> names =
                image.names().stream().map(ImagePolicy::plain).distinct().toList();
        for (String name : names.isEmpty() ? List.of(NAMELESS) : names) {
            Requirement requirement = rules.stream()
                    .filter(rule -> rule.fits(name))
                    .map(Rule::requirement)
                    .findFirst()
                    .orElse(otherwise);
            switch (requirement.kind()) {
                case ANYTHING -> {}
                case NOTHING -> throw refused(name, "it lets no image of that name run");
                case KEY -> {
                    List<Attachment> attached = attachments.get();
                    if (requirement.keys().stream().noneMatch(key -> key.accepts(attached, image.manifestDigest()))) {
                        throw refused(
                                name,
                                "it wants a signature of one of "
                                        + requirement.keys().size() + " keys, and none of " + image.manifestDigest()
                                        + " is there; sign it with berth sign");
                    }
                }
            }
        }
    }

    private BerthException refused(String name, String reason) {
        return new BerthException(
                ErrorCode.UNAUTHORIZED, "image " + name + " may not run by the policy " + file + ": " + reason);
    }

    private static String plain(Reference name) {
        return name.registry() + "/" + name.repository();
    }

    private static String text(Path file) {
        try {
            if (Files.size(file) > BYTES_MAX) {
                throw new BerthException(ErrorCode.INVALID, file + ": longer than " + BYTES_MAX + " bytes");
            }
            return Files.readString(file);
        } catch (java.nio.file.NoSuchFileException e) {
            throw new BerthException(ErrorCode.INVALID, file + " is not there", e);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + file, e);
        }
    }

    private static BerthException invalid(Path file, String what) {
        return new BerthException(ErrorCode.INVALID, file + ": " + what);
    }
}
