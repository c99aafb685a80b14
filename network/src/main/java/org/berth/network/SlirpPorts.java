package org.berth.network;

import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.berth.base.JsonTree;
import org.berth.network.Networks.PublishedPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The machine's ports by slirp4netns(1): it listens as the user, and leads what comes into the user's network namespace.
 * Each request is a JSON value on a connection of its own ("API socket" of its manual).
 */
final class SlirpPorts implements HostPorts {
    private static final int ANSWER_BYTES_MAX = 1 << 20;
    private static final int FIRST_ORDINARY_PORT = 1024;

    private final Path socket;

    SlirpPorts(Path socket) {
        this.socket = socket;
    }

    /** What the machine has listen: an address, a port and a protocol. */
    private record Place(String address, int port, String protocol) {
        static Place of(PublishedPort port) {
            return new Place(port.address().getHostAddress(), port.hostPort(), port.protocol());
        }

        static Place of(JsonNode entry) {
            return new Place(
                    entry.path("host_addr").asString(""),
                    entry.path("host_port").asInt(0),
                    entry.path("proto").asString(""));
        }
    }

    @Override
    public PublishedPort inside(PublishedPort port) {
        return HostPorts.everywhere(port);
    }

    @Override
    public void open(PublishedPort port) {
        Place place = Place.of(port);
        if (forwarded().containsKey(place)) {
            return;
        }
        ObjectNode arguments = Json.MAPPER.createObjectNode();
        arguments.put("proto", place.protocol());
        arguments.put("host_addr", place.address());
        arguments.put("host_port", place.port());
        arguments.put("guest_port", place.port());
        JsonNode answer = ask("add_hostfwd", arguments);
        if (!answer.has("return")) {
            throw refusal(place);
        }
    }

    private static BerthException refusal(Place place) {
        String why = place.port() < FIRST_ORDINARY_PORT
                ? "ports below the machine's net.ipv4.ip_unprivileged_port_start are not an ordinary user's"
                : "it is in use by another program, or the machine does not have the address";
        return new BerthException(
                ErrorCode.CONFLICT,
                "port " + place.address() + ":" + place.port() + " can't be had: " + why
                        + "; choose another in ports:");
    }

    @Override
    public void close(PublishedPort port) {
        Long id = forwarded().get(Place.of(port));
        if (id != null) {
            remove(id);
        }
    }

    @Override
    public void keepOnly(Set<PublishedPort> ports) {
        Set<Place> kept = new java.util.HashSet<>();
        ports.forEach(port -> kept.add(Place.of(port)));
        forwarded().forEach((place, id) -> {
            if (!kept.contains(place)) {
                remove(id);
            }
        });
    }

    private void remove(long id) {
        ObjectNode arguments = Json.MAPPER.createObjectNode();
        arguments.put("id", id);
        ask("remove_hostfwd", arguments);
    }

    @Override
    public List<String> warnings() {
        return List.of();
    }

    private Map<Place, Long> forwarded() {
        Map<Place, Long> found = new HashMap<>();
        JsonNode answer = ask("list_hostfwd", Json.MAPPER.createObjectNode());
        JsonNode entries = answer.has("entries")
                ? answer.path("entries")
                : answer.path("return").path("entries"); // what its manual says, and its versions don't do
        for (JsonNode entry : entries) {
            found.put(Place.of(entry), entry.path("id").asLong(0));
        }
        return found;
    }

    private JsonNode ask(String what, ObjectNode arguments) {
        ObjectNode request = Json.MAPPER.createObjectNode();
        request.put("execute", what);
        request.set("arguments", arguments);
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ByteBuffer bytes = ByteBuffer.wrap(Json.MAPPER.writeValueAsBytes(request));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.shutdownOutput();
            InputStream answer = Channels.newInputStream(channel);
            return JsonTree.read(answer.readNBytes(ANSWER_BYTES_MAX));
        } catch (IOException e) {
            throw new BerthException(
                    ErrorCode.UNAVAILABLE,
                    "slirp4netns does not answer on " + socket + ": " + e.getMessage()
                            + "; end the daemon and its containers, then start it again",
                    e);
        }
    }
}
