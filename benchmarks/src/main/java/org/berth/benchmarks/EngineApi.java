package org.berth.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.berth.base.Json;
import org.berth.cli.UnixHttp;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An engine by its Docker Engine API socket: the same client for every engine that is compared. */
record EngineApi(Path socket) {
    private static final byte[] NOTHING = new byte[0];

    JsonNode request(String method, String path, byte[] body) throws IOException {
        try (UnixHttp connection = UnixHttp.connect(socket)) {
            UnixHttp.Response response = connection.exchange(method, path, body);
            byte[] answer = response.status() == 204 || response.status() == 304
                    ? NOTHING
                    : response.body().readAllBytes();
            if (response.status() >= 400) {
                throw new IOException(method + " " + path + " answered " + response.status() + " "
                        + new String(answer, StandardCharsets.UTF_8));
            }
            return answer.length == 0 || answer[0] != '{' && answer[0] != '['
                    ? Json.MAPPER.missingNode()
                    : Json.MAPPER.readTree(answer);
        }
    }

    /** A request whose answer is a stream of progress, read to its end. */
    void work(String path) throws IOException {
        work(path, NOTHING);
    }

    /** As above, with a body. */
    void work(String path, byte[] body) throws IOException {
        try (UnixHttp connection = UnixHttp.connect(socket)) {
            String said =
                    new String(connection.exchange("POST", path, body).body().readAllBytes(), StandardCharsets.UTF_8);
            if (said.contains("errorDetail")
                    || said.startsWith("{\"message\"")
                    || said.contains("{\"type\":\"error\"")) {
                throw new IOException("POST " + path + " failed: " + said);
            }
        }
    }

    /** @param image with a tag */
    void pull(String image) throws IOException {
        int colon = image.lastIndexOf(':');
        work("/images/create?fromImage=" + image.substring(0, colon) + "&tag=" + image.substring(colon + 1));
    }

    /** @param image with a tag */
    void push(String image) throws IOException {
        int colon = image.lastIndexOf(':');
        work(
                "/images/" + image.substring(0, colon) + "/push?tag=" + image.substring(colon + 1),
                "{}".getBytes(StandardCharsets.UTF_8));
    }

    /** Gives an image one more name, with a tag. */
    void tag(String image, String name) throws IOException {
        int colon = name.lastIndexOf(':');
        JsonNode ignored = request(
                "POST",
                "/images/" + image + "/tag?repo=" + name.substring(0, colon) + "&tag=" + name.substring(colon + 1));
    }

    /** Removes a name, and with the last one the image; nothing happens when it is not there. */
    void removeImage(String image) throws IOException {
        try (UnixHttp connection = UnixHttp.connect(socket)) {
            UnixHttp.Response response = connection.exchange("DELETE", "/images/" + image + "?force=1", NOTHING);
            String said = new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
            if (response.status() >= 400 && response.status() != 404) {
                throw new IOException("removal of " + image + " answered " + response.status() + " " + said);
            }
        }
    }

    /** Builds a folder on this machine, by the interface that Berth alone has. */
    void build(Path context, String tag, boolean anew) throws IOException {
        ObjectNode body = Json.MAPPER
                .createObjectNode()
                .put("folder", context.toString())
                .put("tag", tag)
                .put("noCache", anew);
        work("/berth/v1/build", Json.MAPPER.writeValueAsBytes(body));
    }

    JsonNode request(String method, String path) throws IOException {
        return request(method, path, NOTHING);
    }

    /** @param network "none" or "bridge" */
    String create(String image, String network, String... command) throws IOException {
        ObjectNode body = Json.MAPPER.createObjectNode().put("Image", image);
        for (String word : command) {
            body.withArray("Cmd").add(word);
        }
        body.putObject("HostConfig").put("NetworkMode", network);
        return request("POST", "/containers/create", Json.MAPPER.writeValueAsBytes(body))
                .path("Id")
                .asString();
    }

    void start(String id) throws IOException {
        request("POST", "/containers/" + id + "/start");
    }

    void remove(String id) throws IOException {
        request("DELETE", "/containers/" + id + "?force=1&v=1");
    }

    /** create, start, wait, delete of {@code true}. */
    void runTrue(String image, String network) throws IOException {
        String id = create(image, network, "/bin/true");
        start(id);
        int code = request("POST", "/containers/" + id + "/wait")
                .path("StatusCode")
                .asInt(-1);
        remove(id);
        if (code != 0) {
            throw new IOException("true ended with " + code);
        }
    }

    /** exec of {@code true} in a running container, to the end of its output and its code. */
    void execTrue(String id) throws IOException {
        ObjectNode body = Json.MAPPER.createObjectNode().put("AttachStdout", true);
        body.withArray("Cmd").add("/bin/true");
        String exec = request("POST", "/containers/" + id + "/exec", Json.MAPPER.writeValueAsBytes(body))
                .path("Id")
                .asString();
        byte[] attached = "{\"Detach\":false}".getBytes(StandardCharsets.UTF_8);
        request("POST", "/exec/" + exec + "/start", attached);
        int code = request("GET", "/exec/" + exec + "/json").path("ExitCode").asInt(-1);
        if (code != 0) {
            throw new IOException("true ended with " + code);
        }
    }
}
