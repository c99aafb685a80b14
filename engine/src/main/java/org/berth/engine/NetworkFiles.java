package org.berth.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.berth.engine.ContainerRequest.NetworkMode;
import org.berth.network.Networks.Attachment;
import org.berth.runtime.ContainerSpec.MountSpec;

/**
 * The files by which a container knows its own name, its addresses and its name server: kept in its
 * folder and bound over {@code /etc/hostname}, {@code /etc/hosts}, {@code /etc/resolv.conf}.
 */
final class NetworkFiles {
    private static final Path HOST_RESOLVER = Path.of("/etc/resolv.conf");
    private static final Path HOST_HOSTS = Path.of("/etc/hosts");

    /** Their names in {@code /etc}. */
    static final List<String> NAMES = List.of("hostname", "hosts", "resolv.conf");

    private NetworkFiles() {}

    /** Writes the files; running programs see a change, for each file stays the same file. */
    static void write(Path folder, NetworkMode mode, String hostname, Collection<Attachment> attachments) {
        try {
            boolean host = mode == NetworkMode.HOST;
            put(folder.resolve("hostname"), hostname + "\n");
            put(folder.resolve("hosts"), host ? text(HOST_HOSTS) : hosts(hostname, attachments));
            String resolver = text(HOST_RESOLVER);
            put(
                    folder.resolve("resolv.conf"),
                    attachments.stream()
                            .findFirst()
                            .map(first -> resolver(first, resolver))
                            .orElse(resolver));
        } catch (IOException e) {
            throw Folders.failed("write network files in", folder, e);
        }
    }

    /** How they get into the container, but where one of its own mounts is. */
    static List<MountSpec> mounts(Path folder, Collection<String> taken) {
        List<MountSpec> mounts = new ArrayList<>();
        for (String name : NAMES) {
            String target = "/etc/" + name;
            if (!taken.contains(target)) {
                mounts.add(new MountSpec.Bind(folder.resolve(name), target, false));
            }
        }
        return mounts;
    }

    static String hosts(String hostname, Collection<Attachment> attachments) {
        StringBuilder text = new StringBuilder("""
                127.0.0.1\tlocalhost
                ::1\tlocalhost ip6-localhost ip6-loopback
                fe00::0\tip6-localnet
                ff00::0\tip6-mcastprefix
                ff02::1\tip6-allnodes
                ff02::2\tip6-allrouters
                """);
        for (Attachment attachment : attachments) {
            text.append(attachment.address().getHostAddress())
                    .append('\t')
                    .append(hostname)
                    .append('\n');
        }
        return text.toString();
    }

    /** Our own server answers at the network's gateway; the host's search domains stay. */
    static String resolver(Attachment first, String host) {
        Optional<String> search =
                host.lines().filter(line -> line.startsWith("search ")).reduce((earlier, later) -> later);
        return "nameserver " + first.gateway().getHostAddress() + "\n"
                + search.map(line -> line + "\n").orElse("")
                + "options ndots:0\n";
    }

    private static void put(Path file, String text) throws IOException {
        Files.writeString(file, text);
    }

    private static String text(Path file) throws IOException {
        return Files.isReadable(file) ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8) : "";
    }
}
