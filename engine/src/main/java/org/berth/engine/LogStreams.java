package org.berth.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import org.berth.engine.Containers.Frame;
import org.berth.engine.Containers.Streams;

/** A client's connection to a run: output as the log gets it, input as the run takes it. */
final class LogStreams implements Streams {
    private final LogCursor cursor;
    private final LogWatch.Bell bell;
    private final Run run;
    private final boolean terminal;
    private final LongConsumer onRead;
    private final Runnable onClose;
    private final OutputStream input;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * @param endsInput whether closing the input is the program's end of file
     * @param onRead is told how much of the log's file has been read
     * @param onClose runs once, when the client has gone
     */
    LogStreams(
            LogCursor cursor,
            LogWatch.Bell bell,
            Run run,
            boolean terminal,
            boolean endsInput,
            LongConsumer onRead,
            Runnable onClose) {
        this.cursor = cursor;
        this.bell = bell;
        this.run = run;
        this.terminal = terminal;
        this.onRead = onRead;
        this.onClose = onClose;
        this.input = new RunInput(run, endsInput);
    }

    @Override
    public OutputStream input() {
        return input;
    }

    @Override
    public Optional<Frame> next() {
        while (!closed.get()) {
            long seen = bell.rings();
            boolean over = run.ended().isDone();
            synchronized (cursor) {
                Optional<Frame> frame = closed.get() ? Optional.empty() : cursor.read();
                if (frame.isPresent()) {
                    onRead.accept(cursor.consumed());
                    return frame;
                }
            }
            if (over) {
                return Optional.empty();
            }
            try {
                bell.await(seen);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    @Override
    public boolean terminal() {
        return terminal;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            synchronized (cursor) {
                cursor.close();
            }
            bell.close();
            onClose.run();
        }
    }

    /** Waits for the start, since clients send before it; what a program does not read is dropped. */
    private static final class RunInput extends OutputStream {
        private final Run run;
        private final boolean ends;

        RunInput(Run run, boolean ends) {
            this.run = run;
            this.ends = ends;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            Optional<OutputStream> target = run.input().join();
            if (target.isPresent()) {
                target.get().write(bytes, offset, length);
            }
        }

        @Override
        public void close() {
            if (ends) {
                run.input().join().ifPresent(Run::closeQuietly);
            }
        }
    }
}
