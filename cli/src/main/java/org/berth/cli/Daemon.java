package org.berth.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Json;
import org.berth.base.JsonTree;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** The daemon as a command sees it: the requests of docs/api.md, and its errors as ours. */
final class Daemon {
    private static final byte[] NOTHING = new byte[0];

    private final Instance instance;

    private Daemon(Instance instance) {
        this.instance = instance;
    }

    /** The daemon of this instance, started in the background when none answers. */
    static Daemon reach(Instance instance) {
        if (!answers(instance)) {
            new DaemonStart(instance).run();
        }
        return new Daemon(instance);
    }

    /** Whether a daemon listens on the instance's socket. */
    static boolean answers(Instance instance) {
        try (UnixHttp connection = UnixHttp.connect(instance.socket())) {
            return connection.exchange("GET", "/_ping", NOTHING).status() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /** A request whose answer is one JSON value. */
    JsonNode request(String method, String path) {
        return request(method, path, NOTHING);
    }

    JsonNode request(String method, String path, JsonNode body) {
        return request(method, path, Json.MAPPER.writeValueAsBytes(body));
    }

    /**
     * A request whose answer is a stream of records.
     *
     * @param each gets every record but the result and the error
     * @return the result
     * @throws StreamFailure for an error record
     */
    JsonNode stream(String method, String path, JsonNode body, Consumer<JsonNode> each) {
        byte[] bytes = body.isMissingNode() ? NOTHING : Json.MAPPER.writeValueAsBytes(body);
        try (UnixHttp connection = UnixHttp.connect(instance.socket())) {
            UnixHttp.Response response = connection.exchange(method, path, bytes);
            refuse(response);
            BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isBlank()) {
                    continue;
                }
                JsonNode event = JsonTree.read(line);
                switch (event.path("type").asString("")) {
                    case "result" -> {
                        return event;
                    }
                    case "error" -> throw new StreamFailure(event);
                    default -> each.accept(event);
                }
            }
        } catch (IOException e) {
            throw gone(e);
        }
        return MissingNode.getInstance();
    }

    /** Work on a stream. */
    interface Reader {
        void read(InputStream stream) throws IOException;
    }

    /** A request whose answer is a stream of bytes. */
    void bytes(String method, String path, Reader reader) {
        try (UnixHttp connection = UnixHttp.connect(instance.socket())) {
            UnixHttp.Response response = connection.exchange(method, path, NOTHING);
            refuse(response);
            reader.read(response.body());
        } catch (IOException e) {
            throw gone(e);
        }
    }

    /** Sends a stream of bytes; the answer is lines. */
    void send(String path, InputStream body, Consumer<String> each) {
        try (UnixHttp connection = UnixHttp.connect(instance.socket())) {
            UnixHttp.Response response = connection.send(path, body);
            refuse(response);
            BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
            lines.lines().filter(line -> !line.isBlank()).forEach(each);
        } catch (IOException e) {
            throw gone(e);
        }
    }

    /** Connects to streams: the answer has been read when this returns; the caller closes. */
    UnixHttp upgrade(String path, JsonNode body) {
        try {
            UnixHttp connection = UnixHttp.connect(instance.socket());
            refuse(connection.upgrade(path, body.isMissingNode() ? NOTHING : Json.MAPPER.writeValueAsBytes(body)));
            return connection;
        } catch (IOException e) {
            throw gone(e);
        }
    }

    private JsonNode request(String method, String path, byte[] body) {
        try (UnixHttp connection = UnixHttp.connect(instance.socket())) {
            UnixHttp.Response response = connection.exchange(method, path, body);
            refuse(response);
            if (response.status() == 204 || response.status() == 304) {
                return MissingNode.getInstance();
            }
            return JsonTree.read(response.body().readAllBytes());
        } catch (IOException e) {
            throw gone(e);
        }
    }

    /** Turns an error's answer into the exception that it was in the daemon. */
    private static void refuse(UnixHttp.Response response) throws IOException {
        if (response.status() < 400) {
            return;
        }
        byte[] body;
        try (InputStream stream = response.body()) {
            body = stream.readAllBytes();
        }
        throw new BerthException(code(body, response.status()), message(body));
    }

    private static ErrorCode code(byte[] body, int status) {
        String name = field(body, "code");
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        for (ErrorCode code : ErrorCode.values()) {
            if (code.httpStatus() == status) {
                return code;
            }
        }
        return ErrorCode.INTERNAL;
    }

    private static String message(byte[] body) {
        String message = field(body, "message");
        return message.isEmpty() ? new String(body, StandardCharsets.UTF_8).strip() : message;
    }

    private static String field(byte[] body, String name) {
        try {
            return JsonTree.read(body).path(name).asString("");
        } catch (tools.jackson.core.JacksonException e) {
            return "";
        }
    }

    private BerthException gone(IOException cause) {
        return new BerthException(
                ErrorCode.UNAVAILABLE,
                "the daemon on " + instance.socket() + " went away: " + cause.getMessage() + "; its log is "
                        + DaemonStart.log(instance) + ", and what ran goes on running",
                cause);
    }

    /** An error record of a stream. */
    static final class StreamFailure extends RuntimeException {
        private final transient JsonNode event;

        StreamFailure(JsonNode event) {
            this("", event);
        }

        private StreamFailure(String prefix, JsonNode event) {
            super(prefix + event.path("message").asString(""));
            this.event = event;
        }

        /** The same, said to be of this. */
        StreamFailure of(String subject) {
            return new StreamFailure(subject + ": ", event);
        }

        /** What the command should end with. */
        int exitCode() {
            return event.path("exitCode").asInt(1);
        }

        /** The service it is about, or "". */
        String service() {
            return event.path("service").asString("");
        }

        /** The last lines of its log, or "". */
        String log() {
            JsonNode log = event.path("log");
            if (log.isArray()) {
                StringBuilder text = new StringBuilder();
                log.forEach(line -> text.append(line.asString("")).append('\n'));
                return text.toString();
            }
            return log.asString("");
        }
    }

    static UncheckedIOException unchecked(IOException e) {
        return new UncheckedIOException(e);
    }
}
