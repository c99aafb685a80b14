package org.berth.engine;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.berth.engine.Containers.Frame;
import org.berth.engine.Containers.LogQuery;
import org.berth.engine.Containers.LogSink;

/** Answers one query of a container's log. */
final class LogReader {
    private final LogWatch watch;
    private final LogFiles files;
    private final LogQuery query;
    private final BooleanSupplier growing;

    /** @param growing whether there may be more to come */
    LogReader(LogWatch watch, LogFiles files, LogQuery query, BooleanSupplier growing) {
        this.watch = watch;
        this.files = files;
        this.query = query;
        this.growing = growing;
    }

    void read(LogSink sink) throws InterruptedException {
        LogPosition from = query.tail()
                .map(lines -> new LogTail(files, Math.max(0, lines), query.stdout(), query.stderr()).find())
                .orElseGet(() -> new LogPosition(files.oldest(), 0, 0));
        try (LogCursor cursor = LogCursor.at(files, from);
                LogWatch.Bell bell = watch.bell(files.folder())) {
            int skip = from.skip();
            while (true) {
                long seen = bell.rings();
                boolean more = query.follow() && growing.getAsBoolean();
                Optional<Frame> frame = cursor.read();
                if (frame.isPresent()) {
                    if (!pass(frame.get(), skip, sink)) {
                        return;
                    }
                    skip = 0;
                } else if (!more) {
                    return;
                } else {
                    bell.await(seen);
                }
            }
        }
    }

    /** False once no more is wanted. */
    private boolean pass(Frame frame, int skip, LogSink sink) {
        if (query.until().filter(frame.time()::isAfter).isPresent()) {
            return false;
        }
        boolean wanted = (frame.stream() == 2 ? query.stderr() : query.stdout())
                && query.since().filter(frame.time()::isBefore).isEmpty()
                && frame.bytes().length > skip;
        if (!wanted) {
            return true;
        }
        byte[] bytes = skip == 0 ? frame.bytes() : Arrays.copyOfRange(frame.bytes(), skip, frame.bytes().length);
        return sink.accept(new Frame(frame.stream(), frame.time(), bytes));
    }
}
