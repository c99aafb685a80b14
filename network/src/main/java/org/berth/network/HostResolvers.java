package org.berth.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The host's own resolvers (resolv.conf(5)). The file is read for each question that is passed on: a
 * laptop changes networks. A resolver on loopback is as good as any, as the questions come from the host.
 */
final class HostResolvers {
    /** How many are asked (MAXNS of resolv.h). */
    private static final int SERVERS_MAX = 3;

    private static final int PORT = 53;

    private final Path configuration;

    HostResolvers(Path configuration) {
        this.configuration = configuration;
    }

    /** Where to ask, the best first; the host itself where the file names none. */
    List<InetSocketAddress> servers() {
        List<InetSocketAddress> servers;
        try (Stream<String> lines = Files.lines(configuration)) {
            servers = parse(lines);
        } catch (IOException | UncheckedIOException e) {
            servers = List.of();
        }
        return servers.isEmpty() ? List.of(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), PORT)) : servers;
    }

    static List<InetSocketAddress> parse(Stream<String> lines) {
        return lines.map(line -> line.strip().split("[ \t]+"))
                .filter(words -> words.length >= 2 && words[0].equals("nameserver"))
                .flatMap(words -> literal(words[1]).stream())
                .limit(SERVERS_MAX)
                .map(address -> new InetSocketAddress(address, PORT))
                .toList();
    }

    private static Optional<InetAddress> literal(String text) {
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
