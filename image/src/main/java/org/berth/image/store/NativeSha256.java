package org.berth.image.store;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.security.MessageDigest;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * SHA-256 by libcrypto's SHA256_Init, SHA256_Update and SHA256_Final (SHA256_Init(3ssl)), of version 3 or 1.1. Java's own
 * is fast only where the optimizing compiler runs, which the daemon does without: there it takes a second for 60 MB, and
 * every layer is hashed once or twice.
 */
final class NativeSha256 extends MessageDigest {
    private static final String NAME = "SHA-256";
    private static final int DIGEST_BYTES = 32;

    /** {@code sizeof(SHA256_CTX)}: nine words, two counters, a block. */
    private static final int CONTEXT_BYTES = 112;

    /** What one call hashes: while it runs, Java's collector waits. */
    private static final int CHUNK_BYTES = 64 * 1024;

    private static final Optional<Library> LIBRARY = Stream.of("libcrypto.so.3", "libcrypto.so.1.1")
            .flatMap(name -> load(name).stream())
            .findFirst();

    private final Library library;
    private final MemorySegment context = Arena.ofAuto().allocate(CONTEXT_BYTES, 8);

    private record Library(MethodHandle init, MethodHandle update, MethodHandle end) {}

    private NativeSha256(Library library) {
        super(NAME);
        this.library = library;
        engineReset();
    }

    /** A running one; empty where the machine has no such library. */
    static Optional<MessageDigest> create() {
        return LIBRARY.map(NativeSha256::new);
    }

    private static Optional<Library> load(String name) {
        try {
            SymbolLookup symbols = SymbolLookup.libraryLookup(name, Arena.global());
            Linker linker = Linker.nativeLinker();
            return Optional.of(new Library(
                    linker.downcallHandle(
                            symbols.findOrThrow("SHA256_Init"),
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS)),
                    linker.downcallHandle(
                            symbols.findOrThrow("SHA256_Update"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_LONG),
                            Linker.Option.critical(true)), // reads the array where it is, without a copy
                    linker.downcallHandle(
                            symbols.findOrThrow("SHA256_Final"),
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS))));
        } catch (IllegalArgumentException | NoSuchElementException e) {
            return Optional.empty();
        }
    }

    @Override
    protected int engineGetDigestLength() {
        return DIGEST_BYTES;
    }

    @Override
    protected void engineReset() {
        try {
            check((int) library.init().invokeExact(context));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    protected void engineUpdate(byte input) {
        engineUpdate(new byte[] {input}, 0, 1);
    }

    @Override
    protected void engineUpdate(byte[] input, int offset, int length) {
        MemorySegment bytes = MemorySegment.ofArray(input);
        try {
            for (int done = 0; done < length; done += CHUNK_BYTES) {
                long size = Math.min(CHUNK_BYTES, length - done);
                MemorySegment chunk = bytes.asSlice((long) offset + done, size);
                check((int) library.update().invokeExact(context, chunk, size));
            }
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    protected byte[] engineDigest() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment digest = arena.allocate(DIGEST_BYTES);
            check((int) library.end().invokeExact(digest, context));
            engineReset();
            return digest.toArray(ValueLayout.JAVA_BYTE);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private static void check(int result) {
        if (result != 1) {
            throw new IllegalStateException("libcrypto's SHA-256 failed");
        }
    }

    private static RuntimeException failed(Throwable e) {
        return switch (e) {
            case RuntimeException failure -> failure;
            case Error error -> throw error;
            default -> new IllegalStateException("SHA-256", e);
        };
    }
}
