package org.berth.image.debian;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** liblzma's stream decoder (lzma/base.h, lzma/container.h), of version 5 of the library. */
final class LzmaLibrary {
    /** {@code lzma_ret}: more to come. */
    static final int OK = 0;
    /** {@code lzma_ret}: the end was met, and all checks were right. */
    static final int STREAM_END = 1;
    /** {@code lzma_ret}: neither input nor room for output was left. */
    static final int BUFFER_ERROR = 10;
    /** {@code lzma_action}: there may be more input. */
    static final int RUN = 0;
    /** {@code lzma_action}: there is no more input. */
    static final int FINISH = 3;

    private static final String NAME = "liblzma.so.5";
    private static final int CONCATENATED = 0x08;
    private static final Optional<LzmaLibrary> LIBRARY = load();

    private final MethodHandle decoder;
    private final MethodHandle code;
    private final MethodHandle end;

    private LzmaLibrary(SymbolLookup symbols) {
        Linker linker = Linker.nativeLinker();
        AddressLayout address = ValueLayout.ADDRESS;
        decoder = linker.downcallHandle(
                symbols.findOrThrow("lzma_stream_decoder"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, address, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
        code = linker.downcallHandle(
                symbols.findOrThrow("lzma_code"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, address, ValueLayout.JAVA_INT));
        end = linker.downcallHandle(symbols.findOrThrow("lzma_end"), FunctionDescriptor.ofVoid(address));
    }

    /** The library, if this machine has it. */
    static Optional<LzmaLibrary> find() {
        return LIBRARY;
    }

    private static Optional<LzmaLibrary> load() {
        try {
            return Optional.of(new LzmaLibrary(SymbolLookup.libraryLookup(NAME, Arena.global())));
        } catch (IllegalArgumentException | java.util.NoSuchElementException e) {
            return Optional.empty();
        }
    }

    /** Makes a zeroed {@code lzma_stream} a decoder of .xz streams, one after the other. */
    int startDecoder(MemorySegment stream, long memoryBytesMax) {
        try {
            return (int) decoder.invokeExact(stream, memoryBytesMax, CONCATENATED);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** Goes on as far as input and room for output reach. */
    int code(MemorySegment stream, int action) {
        try {
            return (int) code.invokeExact(stream, action);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** Frees what the decoder allocated. */
    void end(MemorySegment stream) {
        try {
            end.invokeExact(stream);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private static IllegalStateException failed(Throwable e) {
        return new IllegalStateException("a call of " + NAME, e);
    }
}
