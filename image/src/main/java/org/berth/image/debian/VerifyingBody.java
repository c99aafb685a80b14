package org.berth.image.debian;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.function.LongConsumer;
import org.berth.image.store.Digest;

/** A response's body in memory, hashed as it comes, and cut off where it grows beyond its bound. */
final class VerifyingBody implements HttpResponse.BodySubscriber<VerifyingBody.Content> {
    private static final int FIRST_BYTES = 1 << 16;

    private final CompletableFuture<Content> content = new CompletableFuture<>();
    private final MessageDigest digest = Digest.hasher();
    private final long sizeMax;
    private final LongConsumer received;
    private byte[] bytes;
    private int length;

    /** What came. */
    @SuppressWarnings("ArrayRecordComponent")
    record Content(byte[] bytes, String sha256) {
        static final Content NONE = new Content(new byte[0], "");
    }

    VerifyingBody(long sizeMax, LongConsumer received) {
        this.sizeMax = sizeMax;
        this.received = received;
        this.bytes = new byte[(int) Math.min(FIRST_BYTES, sizeMax)];
    }

    /** SHA-256 in lower-case hexadecimal. */
    static String hash(byte[] content) {
        return HexFormat.of().formatHex(Digest.hasher().digest(content));
    }

    @Override
    public CompletionStage<Content> getBody() {
        return content;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> pieces) {
        for (ByteBuffer piece : pieces) {
            int count = piece.remaining();
            if ((long) length + count > sizeMax) {
                content.completeExceptionally(new IOException("more than " + sizeMax + " bytes came"));
                return;
            }
            digest.update(piece.duplicate());
            makeRoom(count);
            piece.get(bytes, length, count);
            length += count;
            received.accept(count);
        }
    }

    private void makeRoom(int count) {
        if (length + count > bytes.length) {
            long size = Math.min(sizeMax, Math.max(length + (long) count, 2L * bytes.length));
            bytes = Arrays.copyOf(bytes, Math.toIntExact(size));
        }
    }

    @Override
    public void onError(Throwable failure) {
        content.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        content.complete(new Content(
                length == bytes.length ? bytes : Arrays.copyOf(bytes, length),
                HexFormat.of().formatHex(digest.digest())));
    }
}
