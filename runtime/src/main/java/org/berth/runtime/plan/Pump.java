package org.berth.runtime.plan;

import java.util.List;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;
import org.berth.runtime.LogFrames;

/**
 * The monitor's loop: it waits for output or for the process's end, and appends what it reads to the
 * log file as frames, opening the file for each so that the daemon may rotate it by a rename. After
 * the end it writes what is left in the pipes, a bounded number of times, and only then records the
 * exit.
 *
 * <p>Nothing in here fails the monitor: on a full disk output is lost, the process is not.
 */
final class Pump {
    private static final int EVENTS_OFFSET = 4;
    private static final int POLL_SIZE = 8;

    /** What {events, revents} is while nothing happened: POLLIN asked for, nothing told. */
    private static final long QUIET = 1;

    /**
     * The most reads from one pipe after the end. A pipe holds 1 MiB at the most
     * (/proc/sys/fs/pipe-max-size); more can only come from a process that an exec left behind.
     */
    private static final int DRAIN_READS_MAX = (1 << 20) / LogFrames.PAYLOAD_MAX + 1;

    private final Script script;
    private final Placement placement;
    private final Datum polled;
    private final Datum ready;
    private final Datum buffer;
    private final int streams;
    private final Operand log;

    /** @param sources descriptors read from; the first is stream 1, the second stream 2 */
    Pump(Script script, Placement placement, List<Datum> sources, Datum processDescriptor) {
        this.script = script;
        this.placement = placement;
        this.streams = sources.size();
        this.polled = script.builder().structure("polled", pollRequests(streams + 1));
        this.ready = script.slot("ready");
        this.buffer = script.builder().space("output", LogFrames.PAYLOAD_MAX);
        this.log = script.text(placement.log().toString());
        for (int i = 0; i < streams; i++) {
            take(sources.get(i), i);
        }
        take(processDescriptor, streams);
    }

    private static List<Datum.Field> pollRequests(int count) {
        return java.util.stream.IntStream.range(0, count)
                .mapToObj(i -> List.<Datum.Field>of(new Datum.Word(-1), new Datum.Word((int) QUIET)))
                .flatMap(List::stream)
                .toList();
    }

    private void take(Datum descriptor, int index) {
        script.call("watch " + descriptor.name(), Call.COMPUTE, Operand.value(descriptor))
                .into(polled.at(index * POLL_SIZE));
    }

    /** Writes the loop; it is left when the process has ended and all its output is written. */
    void write() {
        List<Mark> stores = new java.util.ArrayList<>();
        Mark again = script.builder().mark("pump");
        Mark drain = script.builder().mark("drain");
        Mark done = script.builder().mark("drained");
        Datum left = script.slot("reads left");
        script.builder().set("nothing is drained yet", left.start(), DRAIN_READS_MAX * 2L);

        script.builder().place(again);
        poll(streams + 1, Flags.NONE, again);
        for (int i = 0; i < streams; i++) {
            stores.add(forward(i));
        }
        Operand events = Operand.value(polled.at(streams * POLL_SIZE + EVENTS_OFFSET));
        script.builder()
                .compare("has the process ended", events, Operand.number(QUIET))
                .ignoreNegative()
                .jump(Jump.ON_ZERO, again);

        script.builder().place(drain);
        Datum now = script.builder().structure("no time", new Datum.LongWord(0), new Datum.LongWord(0));
        poll(streams, Operand.address(now), drain);
        script.call("is anything left", Call.COMPUTE, Operand.value(ready))
                .ignoreNegative()
                .jump(Jump.ON_ZERO, done);
        for (int i = 0; i < streams; i++) {
            forward(i);
        }
        script.builder()
                .compare("count the reads", Operand.value(left), Operand.number(1))
                .into(left)
                .ignoreNegative()
                .jump(Jump.ON_POSITIVE, drain);
        script.builder().place(done);
    }

    private void poll(int count, Operand timeout, Mark again) {
        Monitor.waitForAny(
                script,
                List.of(Operand.address(polled), Operand.number(count), timeout, Flags.NONE, Monitor.signalSetSize()),
                again,
                ready);
    }

    /** Reads once from a stream that has something and appends it to the log as a frame. */
    private Mark forward(int index) {
        Mark ended = script.builder().mark("stream " + (index + 1) + " ended");
        Mark next = script.builder().mark("after stream " + (index + 1));
        Operand descriptor = Operand.value(polled.at(index * POLL_SIZE));
        Operand events = Operand.value(polled.at(index * POLL_SIZE + EVENTS_OFFSET));
        script.builder()
                .compare("has stream " + (index + 1) + " something", events, Operand.number(QUIET))
                .ignoreNegative()
                .jump(Jump.ON_ZERO, next);
        Datum header = script.builder()
                .structure(
                        "frame of stream " + (index + 1),
                        new Datum.Word(LogFrames.MAGIC | (index + 1)),
                        new Datum.Space(4),
                        new Datum.Space(16));
        Datum parts = script.builder()
                .structure(
                        "parts of the frame",
                        new Datum.Pointer(header.start()),
                        new Datum.LongWord(header.size()),
                        new Datum.Pointer(buffer.start()),
                        new Datum.Space(8));
        script.call(
                        "read stream " + (index + 1),
                        Call.READ,
                        descriptor,
                        Operand.address(buffer),
                        Operand.number(buffer.size()))
                .into(header.at(4))
                .ignoreNegative()
                .jump(Jump.ON_ZERO, ended);
        append(header, parts, ended);
        script.builder().jump(next);
        script.builder().place(ended);
        script.builder().set("watch stream " + (index + 1) + " no more", polled.at(index * POLL_SIZE), -1);
        script.builder().set("forget its events", polled.at(index * POLL_SIZE + EVENTS_OFFSET), QUIET);
        script.builder().place(next);
        return next;
    }

    private void append(Datum header, Datum parts, Mark ended) {
        script.call("how much was read", Call.COMPUTE, Operand.value(header.at(4)))
                .into(parts.at(24))
                .jump(Jump.ON_NEGATIVE, ended);
        script.call(
                        "take the time",
                        Call.CLOCK_GETTIME,
                        Operand.named("CLOCK_REALTIME", 0),
                        new Operand.Address(header.at(8)))
                .ignoreNegative();
        Datum file = script.slot("log file");
        script.call("open the log", Call.OPENAT, Flags.HERE, log, Flags.APPEND, Flags.OWNER_ONLY)
                .into(file)
                .ignoreNegative();
        script.call("append to the log", Call.WRITEV, Operand.value(file), Operand.address(parts), Operand.number(2))
                .ignoreNegative();
        script.call("close the log", Call.CLOSE, Operand.value(file)).ignoreNegative();
    }
}
