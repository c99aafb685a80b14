package org.berth.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** One request and its one reply: plain, a live stream, or a hijacked connection. Blocking. */
public final class Exchange {
    /** The largest JSON body that is read. */
    public static final int BODY_BYTES_MAX = 16 * 1024 * 1024;

    /** What a long body is sent in. */
    private static final int PIECE_BYTES = 256 * 1024;

    /** The most that is read of a body whose request is refused. */
    private static final long SKIPPED_BYTES_MAX = 64L * 1024 * 1024;

    private final Request request;
    private final Response response;
    private final Callback callback;
    private final Fields query;
    private Map<String, String> parameters = Map.of();
    private boolean answered;

    Exchange(Request request, Response response, Callback callback) {
        this.request = request;
        this.response = response;
        this.callback = callback;
        this.query = Request.extractQueryParameters(request);
    }

    /** "GET", "POST"... */
    public String method() {
        return request.getMethod();
    }

    /** The path as it was sent, percent-encoded. */
    public String rawPath() {
        return request.getHttpURI().getPath();
    }

    /** Parameters of the path, as a route found them. */
    public void setParameters(Map<String, String> found) {
        parameters = found;
    }

    /** A part of the path that the route names. */
    public String parameter(String name) {
        String value = parameters.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the route has no parameter " + name);
        }
        return value;
    }

    /** A query parameter that is given and not empty. */
    public Optional<String> query(String name) {
        return Optional.ofNullable(query.getValue(name)).filter(value -> !value.isEmpty());
    }

    /** Every value of a query parameter. */
    public List<String> queries(String name) {
        return List.copyOf(query.getValuesOrEmpty(name));
    }

    /** A query parameter as docker reads booleans: everything but "", 0, no, false, none is true. */
    public boolean flag(String name, boolean otherwise) {
        return query(name)
                .map(value -> switch (value.toLowerCase(Locale.ROOT)) {
                    case "0", "no", "false", "none" -> false;
                    default -> true;
                })
                .orElse(otherwise);
    }

    /** A query parameter that is true when it is there and not 0 or false. */
    public boolean flag(String name) {
        return flag(name, false);
    }

    /** A query parameter that is a whole number; INVALID otherwise. */
    public Optional<Integer> number(String name) {
        return query(name).map(text -> {
            try {
                return Integer.valueOf(text);
            } catch (NumberFormatException e) {
                throw new BerthException(
                        ErrorCode.INVALID, "query parameter " + name + " must be a whole number, not \"" + text + "\"");
            }
        });
    }

    /** A header's first value. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(request.getHeaders().get(name));
    }

    /** The body as JSON; an object with nothing in it when there is no body. */
    public JsonNode body() {
        byte[] bytes = bytes();
        if (bytes.length == 0) {
            return Json.MAPPER.createObjectNode();
        }
        try {
            return Json.MAPPER.readTree(bytes);
        } catch (JacksonException e) {
            throw new BerthException(ErrorCode.INVALID, "the request's body is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private byte[] bytes() {
        try (InputStream input = input()) {
            byte[] bytes = input.readNBytes(BODY_BYTES_MAX + 1);
            if (bytes.length > BODY_BYTES_MAX) {
                throw new BerthException(
                        ErrorCode.INVALID, "the request's body is larger than " + BODY_BYTES_MAX + " bytes");
            }
            return bytes;
        } catch (IOException e) {
            throw new BerthException(ErrorCode.INVALID, "the request's body can't be read: " + e.getMessage(), e);
        }
    }

    /** Reads what is left of the body, up to a bound, and forgets it. */
    public void skipBody() {
        try (InputStream input = input()) {
            input.skipNBytes(SKIPPED_BYTES_MAX);
        } catch (IOException e) {
            // its end, or the client's: the answer is tried all the same
        }
    }

    /** The body as it comes. */
    public InputStream input() {
        return Content.Source.asInputStream(request);
    }

    /** Sets a header of the reply, before it. */
    public Exchange with(String header, String value) {
        response.getHeaders().put(header, value);
        return this;
    }

    /** Adds one more value of a header of the reply. */
    public Exchange also(String header, String value) {
        response.getHeaders().add(header, value);
        return this;
    }

    /** Answers with JSON: a tree, a record, a list. */
    public void json(int status, Object value) {
        bytes(status, "application/json", Json.MAPPER.writeValueAsBytes(value));
    }

    /** Answers without a body. */
    public void empty(int status) {
        answer(status);
        callback.succeeded();
    }

    /** Answers with text. */
    public void text(int status, String text) {
        bytes(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /** Answers with bytes. */
    public void bytes(int status, String contentType, byte[] bytes) {
        answer(status);
        response.getHeaders().put("Content-Type", contentType);
        response.getHeaders().put("Content-Length", bytes.length);
        // not written with the request's own callback: from another thread than the handler's, that lets
        // the library recycle the channel before it has done with the write
        try (Blocker.Callback written = Blocker.callback()) {
            response.write(true, ByteBuffer.wrap(bytes), written);
            written.block();
        } catch (IOException e) {
            callback.failed(e);
            return;
        }
        callback.succeeded();
    }

    /** Answers HEAD: what the head of the answer to GET would be. */
    public void head(int status, String contentType, long length) {
        answer(status);
        response.getHeaders().put("Content-Type", contentType);
        response.getHeaders().put("Content-Length", length);
        try (Blocker.Callback written = Blocker.callback()) { // as with bytes
            response.write(true, ByteBuffer.allocate(0), written);
            written.block();
        } catch (IOException e) {
            callback.failed(e);
            return;
        }
        callback.succeeded();
    }

    /** Answers with a body of this length, piece by piece; cut short where the body is. */
    public void body(int status, String contentType, long length, InputStream body) throws IOException {
        answer(status);
        response.getHeaders().put("Content-Type", contentType);
        response.getHeaders().put("Content-Length", length);
        byte[] piece = new byte[PIECE_BYTES];
        long left = length;
        try {
            while (left > 0) {
                int count = body.read(piece, 0, (int) Math.min(piece.length, left));
                if (count < 0) {
                    throw new IOException("the body has ended " + left + " bytes too early");
                }
                left -= count;
                try (Blocker.Callback written = Blocker.callback()) {
                    response.write(left == 0, ByteBuffer.wrap(piece, 0, count), written);
                    written.block();
                }
            }
        } catch (IOException e) {
            callback.failed(e);
            throw e;
        }
        callback.succeeded();
    }

    /** Whether an answer has begun. */
    public boolean answered() {
        return answered;
    }

    private void answer(int status) {
        if (answered) {
            throw new IllegalStateException("answered already: " + method() + " " + rawPath());
        }
        answered = true;
        response.setStatus(status);
    }

    /** Gives the exchange up: nothing sensible can be answered any more. */
    void fail(Throwable failure) {
        callback.failed(failure);
    }

    /**
     * Begins a reply whose body is sent piece by piece, as it comes about; the head is sent at once.
     * It notices when the client goes away, and the connection ends with it.
     */
    public LiveStream stream(int status, String contentType) {
        List<String> head = new ArrayList<>();
        head.add("HTTP/1.1 " + status + " OK");
        head.add("Content-Type: " + contentType);
        head.add("Transfer-Encoding: chunked");
        head.add("Connection: close");
        return new LiveStream(takeOver(head));
    }

    /**
     * Takes the connection over for raw bytes in both directions, as docker's attach and exec do:
     * 101 UPGRADED when the client asked for an upgrade, else a 200 without an end.
     */
    public HijackedStream hijack(String contentType) {
        List<String> head = new ArrayList<>();
        if (header("Upgrade").isPresent()) {
            head.add("HTTP/1.1 101 UPGRADED");
            head.add("Content-Type: " + contentType);
            head.add("Connection: Upgrade");
            head.add("Upgrade: tcp");
        } else {
            head.add("HTTP/1.1 200 OK");
            head.add("Content-Type: " + contentType);
        }
        return new HijackedStream(takeOver(head));
    }

    private RawConnection takeOver(List<String> head) {
        answer(200);
        response.getHeaders().forEach(field -> head.add(field.getName() + ": " + field.getValue()));
        EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
        RawConnection connection = new RawConnection(endPoint);
        request.setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, connection);
        request.addHttpStreamWrapper(SilentStream::new);
        callback.succeeded();
        try {
            connection.awaitOpen();
            connection.output().write((String.join("\r\n", head) + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            connection.abort();
            throw new BerthException(ErrorCode.UNAVAILABLE, "the client went away", e);
        }
        return connection;
    }
}
