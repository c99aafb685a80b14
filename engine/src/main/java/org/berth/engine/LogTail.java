package org.berth.engine;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.berth.engine.Containers.Frame;

/** Where the last lines of a log begin. Reads whole files, the newest first, until there are enough. */
final class LogTail {
    private final LogFiles files;
    private final int lines;
    private final boolean stdout;
    private final boolean stderr;

    LogTail(LogFiles files, int lines, boolean stdout, boolean stderr) {
        this.files = files;
        this.lines = lines;
        this.stdout = stdout;
        this.stderr = stderr;
    }

    /** The place after which the last N lines come; an unfinished last line counts as one. */
    LogPosition find() {
        List<Path> all = files.all();
        int missing = lines;
        boolean newest = true;
        for (Path file : all.reversed()) {
            Scan scan = scan(file, missing + 1L);
            if (newest && scan.any()) {
                missing += scan.finished() ? 1 : 0;
                newest = false;
            }
            if (scan.breaks().size() >= missing && missing > 0) {
                return scan.fromEnd(missing);
            }
            if (lines == 0) {
                return new LogPosition(file, scan.end(), 0);
            }
            missing -= scan.breaks().size();
        }
        return new LogPosition(all.isEmpty() ? files.current() : all.getFirst(), 0, 0);
    }

    /**
     * @param breaks the places after line breaks, the last few
     * @param any whether it has a byte that counts
     * @param finished whether the last such byte is a line break
     * @param end offset after the last whole frame
     */
    private record Scan(Deque<LogPosition> breaks, boolean any, boolean finished, long end) {
        LogPosition fromEnd(int count) {
            return breaks.stream()
                    .skip(breaks.size() - (long) count)
                    .findFirst()
                    .orElseThrow();
        }
    }

    private Scan scan(Path file, long keep) {
        Deque<LogPosition> breaks = new ArrayDeque<>();
        boolean any = false;
        boolean finished = false;
        long end = 0;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            LogScan scan = new LogScan(channel);
            while (scan.next()) {
                Frame frame = scan.frame();
                end = scan.endOffset();
                if (frame.stream() == 2 ? !stderr : !stdout) {
                    continue;
                }
                byte[] bytes = frame.bytes();
                for (int i = 0; i < bytes.length; i++) {
                    any = true;
                    finished = bytes[i] == '\n';
                    if (finished) {
                        breaks.addLast(new LogPosition(file, scan.startOffset(), i + 1));
                        if (breaks.size() > keep) {
                            breaks.removeFirst();
                        }
                    }
                }
            }
            return new Scan(breaks, any, finished, end);
        } catch (NoSuchFileException e) {
            return new Scan(breaks, false, false, 0);
        } catch (IOException e) {
            throw Folders.failed("read", file, e);
        }
    }
}
