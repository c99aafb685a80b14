package org.berth.compose.add;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.compose.Project;
import org.berth.compose.Service;
import org.berth.compose.add.AddPlan.NewFile;
import org.berth.compose.edit.Addition;
import org.berth.compose.edit.Piece;
import org.berth.compose.edit.YamlEdit;

/** Plans the addition of a service to a project: pure, it reads and writes nothing but its own resources. */
public final class AddService {
    /** Marks services that were added so; its value is the kind. */
    static final String LABEL = "org.berth.add";

    private static final Pattern NAME = Pattern.compile("[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern NUMBERS = Pattern.compile("(\\d+)(?::(\\d+))?");
    private static final String EMPTY = "services:\n";
    private static final String SECRETS = "secrets";
    private static final int EXECUTABLE = 0755;
    private static final int PLAIN = 0644;
    private static final int PRIVATE = 0600;
    private static final int DEFAULT_PORT = 8000;

    private final AddRequest request;
    private final Optional<Project> project;
    private final YamlEdit edit;
    private final List<String> connected;
    private final List<String> notes = new ArrayList<>();

    private AddService(AddRequest request, Optional<String> text, Optional<Project> project) {
        this.request = request;
        this.project = project;
        this.edit = YamlEdit.of(request.file().toString(), text.orElse(EMPTY));
        checkName();
        this.connected = connected();
    }

    /**
     * Plans.
     *
     * @param text the Compose file's, empty when there is none
     * @param project what the file describes
     * @param passwords makes a password; letters and digits
     * @throws BerthException INVALID or NOT_FOUND for a wrong name, CONFLICT for one that is taken; with file, line and
     *     column where the file is the reason
     */
    public static AddPlan plan(
            AddRequest request, Optional<String> text, Optional<Project> project, Supplier<String> passwords) {
        return new AddService(request, text, project).plan(passwords.get());
    }

    private AddPlan plan(String password) {
        List<Addition> additions = new ArrayList<>();
        connected.forEach(service -> connect(service, additions));
        String service = filled("service.yaml");
        additions.add(Addition.entries(
                        List.of("services"), List.of(Piece.block(service.lines().toList())))
                .apart());
        declare("networks", List.of(network()), additions);
        if (request.kind().volume()) {
            declare("volumes", List.of(Piece.line(request.name() + ":")), additions);
        }
        List<Piece> secrets = request.kind().secrets().stream()
                .map(secret -> Piece.block(
                        List.of(secretName(secret) + ":", "  file: ./" + SECRETS + "/" + secretName(secret))))
                .toList();
        if (!secrets.isEmpty()) {
            declare(SECRETS, secrets, additions);
        }
        return new AddPlan(
                edit.with(additions),
                files(password),
                secrets.isEmpty() ? Set.of() : Set.of(SECRETS),
                connected,
                notes);
    }

    private void checkName() {
        String name = request.name();
        if (!NAME.matcher(name).matches()) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "'" + name + "' can't name the service: expected a letter, then up to 62 lower-case letters,"
                            + " digits and '-'");
        }
        taken(List.of("services", name), "a service named ");
        taken(List.of("volumes", name), "a volume named ");
        taken(List.of("networks", name), "a network named ");
        request.kind().secrets().forEach(secret -> taken(List.of(SECRETS, secretName(secret)), "a secret named "));
    }

    private void taken(List<String> path, String what) {
        if (edit.has(path)) {
            String where =
                    edit.find(path).map(Object::toString).orElse(request.file().toString());
            throw new BerthException(
                    ErrorCode.CONFLICT,
                    where + ": " + what + path.getLast()
                            + " is there already; choose another name for the service with --name");
        }
    }

    /** The services that are to reach it. */
    private List<String> connected() {
        List<String> known = edit.names(List.of("services")).stream()
                .filter(name -> !name.startsWith("x-"))
                .toList();
        request.connect().stream()
                .filter(name -> !known.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new BerthException(
                            ErrorCode.NOT_FOUND,
                            "no service " + name + " in " + request.file() + " to connect; it has "
                                    + (known.isEmpty() ? "none" : String.join(", ", known)));
                });
        if (!request.connect().isEmpty()) {
            return request.connect();
        }
        List<String> own = known.stream()
                .filter(name -> !edit.has(List.of("services", name, "labels", LABEL)))
                .toList();
        if (own.size() == 1) {
            return own;
        }
        if (request.kind().front()) {
            throw new BerthException(
                    ErrorCode.INVALID, request.kind().name() + " needs a service to stand before: name one with --to");
        }
        notes.add("no service is connected with it: "
                + (own.isEmpty()
                        ? "there is none yet"
                        : "name those that are with --to, of " + String.join(", ", own)));
        return List.of();
    }

    /** What a service that reaches it is given. */
    private void connect(String service, List<Addition> additions) {
        List<String> path = List.of("services", service);
        if (!request.kind().front()) {
            environment(service, additions);
            List<Piece> secrets = request.kind().secrets().stream()
                    .map(secret -> secretUse(service, secret))
                    .toList();
            if (!secrets.isEmpty()) {
                additions.add(Addition.items(below(path, SECRETS), secrets));
            }
            additions.add(new Addition(
                    below(path, "depends_on"),
                    List.of(Piece.line(request.name() + ": { condition: service_healthy }")),
                    List.of(Piece.line(request.name())),
                    false));
        }
        List<Piece> networks = new ArrayList<>();
        if (!edit.has(below(path, "networks"))) {
            networks.add(Piece.line("default"));
        }
        networks.add(Piece.line(request.name()));
        additions.add(
                networks.size() > 1
                        ? Addition.items(below(path, "networks"), networks)
                        : new Addition(
                                below(path, "networks"),
                                List.of(Piece.line(request.name() + ": {}")),
                                networks,
                                false));
    }

    private void environment(String service, List<Addition> additions) {
        TreeMap<String, String> variables = new TreeMap<>();
        request.kind().environment().forEach((name, value) -> variables.put(name, filledText(value)));
        request.kind()
                .secrets()
                .forEach(secret ->
                        secret.variables().forEach(name -> variables.put(name, "/run/secrets/" + secretName(secret))));
        Set<String> kept = new LinkedHashSet<>(variables.keySet());
        kept.retainAll(present(service));
        if (!kept.isEmpty()) {
            notes.add("service " + service + " has " + String.join(", ", kept) + " already: left as it is");
            variables.keySet().removeAll(kept);
        }
        if (!variables.isEmpty()) {
            List<Piece> entries = new ArrayList<>();
            List<Piece> items = new ArrayList<>();
            variables.forEach((name, value) -> {
                boolean number = value.chars().allMatch(Character::isDigit);
                entries.add(Piece.line(name + ": " + (number ? "\"" + value + "\"" : value)));
                items.add(Piece.line(name + "=" + value));
            });
            additions.add(new Addition(List.of("services", service, "environment"), entries, items, false));
        }
    }

    private Set<String> present(String service) {
        Set<String> names = new LinkedHashSet<>();
        edit.names(List.of("services", service, "environment"))
                .forEach(name -> names.add(name.contains("=") ? name.substring(0, name.indexOf('=')) : name));
        return names;
    }

    /** A secret with its own mode is its user's, so far as the file says who that is. */
    private Piece secretUse(String service, ServiceKind.Secret secret) {
        String name = secretName(secret);
        if (secret.mode().isEmpty()) {
            return Piece.line(name);
        }
        StringBuilder use = new StringBuilder(
                "{ source: " + name + ", mode: " + secret.mode().get());
        Optional<String> user = project.flatMap(
                        read -> Optional.ofNullable(read.services().get(service)))
                .flatMap(Service::user);
        user.map(NUMBERS::matcher).ifPresent(matcher -> {
            if (matcher.matches()) {
                use.append(", uid: \"").append(matcher.group(1)).append('"');
            } else {
                notes.add("service " + service + " runs as " + user.get() + ": give its secret " + name
                        + " that user's number as uid, so that it can be read");
            }
        });
        return Piece.line(use + " }");
    }

    private Piece network() {
        return request.kind().front()
                ? Piece.line(request.name() + ":")
                : Piece.line(request.name() + ": { internal: true }");
    }

    private static void declare(String section, List<Piece> pieces, List<Addition> additions) {
        additions.add(Addition.entries(List.of(section), pieces));
    }

    private List<NewFile> files(String password) {
        List<NewFile> files = new ArrayList<>();
        for (String file : request.kind().files()) {
            boolean script = file.equals("start") || file.equals("check");
            files.add(new NewFile(request.name() + "/" + file, filled(file), script ? EXECUTABLE : PLAIN));
        }
        for (ServiceKind.Secret secret : request.kind().secrets()) {
            String content = secret.content().replace("@PASSWORD@", password).replace("@NAME@", request.name());
            files.add(new NewFile(SECRETS + "/" + secretName(secret), content, PRIVATE));
        }
        return files;
    }

    private String secretName(ServiceKind.Secret secret) {
        return request.name() + "_" + secret.suffix();
    }

    private String filled(String resource) {
        String path = request.kind().name() + "/" + resource;
        try (InputStream stream = AddService.class.getResourceAsStream(path)) {
            if (stream == null) {
                throw new IllegalStateException("no resource " + path);
            }
            return filledText(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("read resource " + path, e);
        }
    }

    private String filledText(String text) {
        String filled = text.replace("@NAME@", request.name())
                .replace("@VARIABLE@", request.name().toUpperCase(Locale.ROOT).replace('-', '_'));
        return connected.isEmpty()
                ? filled
                : filled.replace("@TARGET@", connected.getFirst())
                        .replace("@TARGET_PORT@", String.valueOf(targetPort()));
    }

    private int targetPort() {
        return project.flatMap(read -> Optional.ofNullable(read.services().get(connected.getFirst())))
                .flatMap(service -> service.ports().stream().findFirst())
                .map(port -> port.target())
                .orElse(DEFAULT_PORT);
    }

    private static List<String> below(List<String> path, String key) {
        List<String> longer = new ArrayList<>(path);
        longer.add(key);
        return longer;
    }
}
