package org.berth.image.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.image.oci.BlobDescriptor;

/**
 * One blob on its way to a registry (distribution-spec, "Pushing blobs"): all of it in one PATCH, and the closing PUT. What
 * breaks is taken up where the registry says that it broke; a registry that doesn't is sent the blob anew.
 */
final class Upload {
    private static final int ATTEMPTS_MAX = 20;
    /** Attempts in a row that bring nothing. */
    private static final int VAIN_ATTEMPTS_MAX = 4;

    private static final Duration PAUSE_MIN = Duration.ofMillis(200);
    private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,18})");

    private final Calls calls;
    private final String action;
    private final BlobDescriptor blob;
    private final BlobSource source;
    private final LongConsumer progress;
    private URI location;
    private long done;

    /** @param location where the registry takes the blob: what POST said */
    Upload(Calls calls, String action, BlobDescriptor blob, BlobSource source, LongConsumer progress, URI location) {
        this.calls = calls;
        this.action = action;
        this.blob = blob;
        this.source = source;
        this.progress = progress;
        this.location = location;
    }

    /** Sends the blob to its end. */
    void run() {
        int vain = 0;
        IOException last = new IOException("no attempt was made");
        for (int attempt = 1; attempt <= ATTEMPTS_MAX && vain < VAIN_ATTEMPTS_MAX; attempt++) {
            long before = done;
            try {
                send();
                finish();
                return;
            } catch (IOException e) {
                last = e;
                if (Thread.currentThread().isInterrupted()) {
                    break;
                }
            }
            calls.pause(action, PAUSE_MIN.multipliedBy(1L << Math.min(vain, 6)));
            askHowFar();
            vain = done > before ? 0 : vain + 1;
        }
        throw Transport.failure(action, calls.server(), last);
    }

    private void send() throws IOException {
        if (done >= blob.size()) {
            return;
        }
        HttpRequest.Builder request = Transport.unhurried(location).header("Content-Type", "application/octet-stream");
        if (done > 0) {
            request.header("Content-Range", done + "-" + (blob.size() - 1));
        }
        Body body = new Body(done);
        HttpResponse<InputStream> response = calls.upload(request.method("PATCH", body.publisher()), body);
        byte[] said = Transport.beginning(response);
        if (response.statusCode() == 401) {
            calls.renew(action, response);
            throw new IOException("the authorization ran out");
        }
        if (Backoff.isPassing(response.statusCode()) || response.statusCode() == 416) {
            throw new IOException("the server answered " + response.statusCode());
        }
        if (response.statusCode() != 202 && response.statusCode() != 201) {
            throw RegistryErrors.of(action, calls.server(), response, said);
        }
        done = blob.size();
        location = location(response).orElse(location);
    }

    private void finish() throws IOException {
        String separator = location.getRawQuery() == null ? "?" : "&";
        HttpRequest.Builder request = Transport.request(URI.create(location + separator + "digest=" + blob.digest()))
                .header("Content-Type", "application/octet-stream")
                .PUT(BodyPublishers.noBody());
        Transport.beginning(calls.send(action, Access.PUSH, request, Set.of(201, 204)));
    }

    /** Finds out how much the registry has; where it doesn't say, everything is sent again. */
    private void askHowFar() {
        try {
            HttpResponse<InputStream> response =
                    calls.send(action, Access.PUSH, Transport.request(location).GET(), Set.of(204, 200, 202));
            Transport.beginning(response);
            location = location(response).orElse(location);
            done = response.headers()
                    .firstValue("Range")
                    .map(Upload::end)
                    .filter(end -> end <= blob.size())
                    .orElse(0L);
        } catch (IOException | BerthException e) {
            startAnew();
        }
        if (done == 0) {
            startAnew();
        }
    }

    private void startAnew() {
        try {
            HttpResponse<InputStream> response = calls.send(
                    action, Access.PUSH, calls.request("/blobs/uploads/").POST(BodyPublishers.noBody()), Set.of(202));
            Transport.beginning(response);
            location = location(response).orElse(location);
            done = 0;
        } catch (IOException e) {
            done = 0; // the next attempt says what is wrong
        }
    }

    /** Where an answer says the upload goes on; relative addresses are the server's own. */
    Optional<URI> location(HttpResponse<?> response) {
        return response.headers()
                .firstValue("Location")
                .map(text -> calls.endpoint().base().resolve(text));
    }

    /** Bytes that "0-99" are; one of nothing is written so, too, by some. */
    private static Long end(String range) {
        Matcher matcher = RANGE.matcher(range);
        long last = matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
        return last == 0 ? 0 : last + 1;
    }

    /** What is left of the blob, as it goes out. */
    final class Body {
        private final long from;
        private volatile long sent;

        Body(long from) {
            this.from = from;
        }

        long sent() {
            return sent;
        }

        HttpRequest.BodyPublisher publisher() {
            return BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(this::open), blob.size() - from);
        }

        private InputStream open() {
            try {
                return new FilterInputStream(source.open(from)) {
                    @Override
                    public int read(byte[] buffer, int offset, int length) throws IOException {
                        int count = in.read(buffer, offset, length);
                        if (count > 0) {
                            sent = sent + count; // by the one reader
                            progress.accept(from + sent);
                        }
                        return count;
                    }
                };
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
