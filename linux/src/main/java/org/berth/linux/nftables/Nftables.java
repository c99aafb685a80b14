package org.berth.linux.nftables;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * libnftables (libnftables(3)). The library is not thread-safe, so one lock guards it; each batch
 * has a context of its own, whose netlink socket belongs to the calling thread's network namespace.
 * The first use loads it, which takes some 100 ms: {@link #load} does that ahead.
 *
 * <p>Rules go in as text: the library's JSON input silently took a map for a set.
 */
public final class Nftables {
    private static final String LIBRARY = "libnftables.so.1";
    private static final int OUTPUT_JSON = 1 << 4;
    private static final int OUTPUT_TERSE = 1 << 11;

    /** The longest output that is read, in bytes: what a host with a hundred thousand rules prints. */
    private static final long OUTPUT_BYTES_MAX = 256L * 1024 * 1024;

    private static final ReentrantLock LOCK = new ReentrantLock();

    private Nftables() {}

    /**
     * Loads the library.
     *
     * @throws BerthException UNSUPPORTED when this machine does not have it
     */
    public static void load() {
        run("list tables", 0);
    }

    /**
     * Carries out a batch of commands (nft(8)) as one transaction: all of it or, on an error, nothing.
     *
     * @throws BerthException KERNEL with the library's words
     */
    public static void apply(String commands) {
        run(commands, 0);
    }

    /**
     * Batches for one network namespace, by one context of the library for many of them: to close a context's
     * socket after a batch that removed something waits for the kernel to have removed it, some ten
     * milliseconds (nft_rcv_nl_event in net/netfilter/nf_tables_api.c). Safe for concurrent use.
     */
    public static final class Batches implements AutoCloseable {
        /** A context keeps what it has read of the rules: it goes after so many batches. */
        private static final int USES_MAX = 1000;

        private Optional<MemorySegment> context = Optional.empty();
        private int uses;

        /**
         * As {@link Nftables#apply}. Always to be called in the same network namespace.
         *
         * @throws BerthException KERNEL with the library's words
         */
        public void apply(String commands) {
            LOCK.lock();
            try (Arena arena = Arena.ofConfined()) {
                Library library = Library.instance();
                if (uses++ >= USES_MAX) {
                    close();
                }
                MemorySegment used = context.orElseGet(library::context);
                context = Optional.of(used);
                library.run(used, arena.allocateFrom(commands));
            } catch (RuntimeException e) {
                close();
                throw e;
            } finally {
                LOCK.unlock();
            }
        }

        @Override
        public void close() {
            LOCK.lock();
            try {
                context.ifPresent(Library.instance()::free);
                context = Optional.empty();
                uses = 0;
            } finally {
                LOCK.unlock();
            }
        }
    }

    /** What a list command prints, as JSON (libnftables-json(5)); elements of sets are left out. */
    public static String list(String command) {
        return run(command, OUTPUT_JSON | OUTPUT_TERSE);
    }

    private static String run(String commands, int outputFlags) {
        LOCK.lock();
        try (Arena arena = Arena.ofConfined()) {
            return Library.instance().run(arena.allocateFrom(commands), outputFlags);
        } finally {
            LOCK.unlock();
        }
    }

    /** The library's functions. */
    private record Library(
            MethodHandle newContext,
            MethodHandle freeContext,
            MethodHandle bufferOutput,
            MethodHandle bufferError,
            MethodHandle setOutputFlags,
            MethodHandle runCommands,
            MethodHandle output,
            MethodHandle error) {
        private static final FunctionDescriptor POINTER_TO_NUMBER =
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
        private static final FunctionDescriptor POINTER_TO_POINTER =
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS);

        static Library instance() {
            return Holder.LIBRARY;
        }

        private static Library open() {
            SymbolLookup symbols;
            try {
                symbols = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
            } catch (IllegalArgumentException e) {
                throw new BerthException(
                        ErrorCode.UNSUPPORTED,
                        LIBRARY + " is missing on this machine: install the package libnftables1",
                        e);
            }
            return new Library(
                    function(symbols, "nft_ctx_new", FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT)),
                    function(symbols, "nft_ctx_free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS)),
                    function(symbols, "nft_ctx_buffer_output", POINTER_TO_NUMBER),
                    function(symbols, "nft_ctx_buffer_error", POINTER_TO_NUMBER),
                    function(
                            symbols,
                            "nft_ctx_output_set_flags",
                            FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_INT)),
                    function(
                            symbols,
                            "nft_run_cmd_from_buffer",
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS)),
                    function(symbols, "nft_ctx_get_output_buffer", POINTER_TO_POINTER),
                    function(symbols, "nft_ctx_get_error_buffer", POINTER_TO_POINTER));
        }

        private static MethodHandle function(SymbolLookup symbols, String name, FunctionDescriptor type) {
            return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), type);
        }

        String run(MemorySegment commands, int outputFlags) {
            MemorySegment context = context();
            try {
                setOutputFlags.invokeExact(context, outputFlags);
                return run(context, commands);
            } catch (RuntimeException e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException("libnftables", e);
            } finally {
                free(context);
            }
        }

        /** A context, to be freed. */
        MemorySegment context() {
            try {
                MemorySegment context = (MemorySegment) newContext.invokeExact(0);
                if (context.address() == 0) {
                    throw new BerthException(ErrorCode.KERNEL, "nftables: no context could be made");
                }
                int refused = (int) bufferOutput.invokeExact(context) | (int) bufferError.invokeExact(context);
                if (refused != 0) {
                    freeContext.invokeExact(context);
                    throw new BerthException(ErrorCode.KERNEL, "nftables: no context could be made");
                }
                return context;
            } catch (RuntimeException e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException("libnftables", e);
            }
        }

        void free(MemorySegment context) {
            try {
                freeContext.invokeExact(context);
            } catch (Throwable e) {
                throw new IllegalStateException("libnftables", e);
            }
        }

        /** @return what it prints */
        String run(MemorySegment context, MemorySegment commands) {
            try {
                if ((int) runCommands.invokeExact(context, commands) != 0) {
                    throw new BerthException(
                            ErrorCode.KERNEL, "nftables: " + text((MemorySegment) error.invokeExact(context)));
                }
                return text((MemorySegment) output.invokeExact(context));
            } catch (RuntimeException e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException("libnftables", e);
            }
        }

        private static String text(MemorySegment pointer) {
            return pointer.address() == 0
                    ? ""
                    : pointer.reinterpret(OUTPUT_BYTES_MAX).getString(0).strip();
        }

        /** Opened on first use, once. */
        private static final class Holder {
            private static final Library LIBRARY = open();
        }
    }
}
