package org.berth.compose;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.berth.compose.Jail.DiskLimit;
import org.berth.compose.Jail.DiskLimitKind;
import org.berth.compose.Jail.Tuning;
import org.berth.compose.yaml.YamlValue;

/** A service's limits beyond the usual: swap, weights, sets of processors, disks. */
final class TuningReader {
    private static final int WEIGHT_MIN = 10;
    private static final int WEIGHT_MAX = 1000;
    private static final int SHARES_MAX = 262_144;
    private static final Map<String, DiskLimitKind> RATES = new TreeMap<>(Map.of(
            "device_read_bps", DiskLimitKind.READ_BYTES,
            "device_write_bps", DiskLimitKind.WRITE_BYTES,
            "device_read_iops", DiskLimitKind.READS,
            "device_write_iops", DiskLimitKind.WRITES));

    private TuningReader() {}

    static Tuning read(Fields service) {
        Optional<Fields> disks = service.fields("blkio_config", Keys.DISKS);
        return new Tuning(
                service.bytes("mem_reservation"),
                swap(service),
                service.whole("mem_swappiness", 0, 100),
                service.flag("oom_kill_disable", false),
                service.whole("cpu_shares", 2, SHARES_MAX),
                processors(service),
                microseconds(service, "cpu_rt_runtime"),
                microseconds(service, "cpu_rt_period"),
                disks.map(TuningReader::weight).orElse(OptionalInt.empty()),
                disks.map(TuningReader::limits).orElse(List.of()));
    }

    /** Of memory and swap together; -1 is any. */
    private static OptionalLong swap(Fields service) {
        boolean any = service.text("memswap_limit").filter("-1"::equals).isPresent();
        OptionalLong bytes = any ? OptionalLong.of(-1) : service.bytes("memswap_limit");
        return bytes.isPresent() && bytes.getAsLong() == 0 ? OptionalLong.empty() : bytes;
    }

    private static Optional<String> processors(Fields service) {
        Optional<String> list = service.text("cpuset").filter(text -> !text.isEmpty());
        list.filter(text -> !text.matches("[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*"))
                .ifPresent(text -> service.context()
                        .problems()
                        .report(
                                service.valuePosition("cpuset"),
                                service.name("cpuset") + " must be a list of processors, as 0-3,7, not '" + text
                                        + "'"));
        return list;
    }

    /** A number of microseconds, or a duration. */
    private static OptionalLong microseconds(Fields service, String key) {
        if (service.text(key).filter(text -> text.matches("[0-9]+")).isPresent()) {
            return service.whole(key, 1, Integer.MAX_VALUE);
        }
        return service.duration(key)
                .map(duration -> OptionalLong.of(duration.toNanos() / 1000))
                .orElse(OptionalLong.empty());
    }

    private static OptionalInt weight(Fields disks) {
        OptionalLong weight = disks.whole("weight", WEIGHT_MIN, WEIGHT_MAX);
        return weight.isPresent() ? OptionalInt.of((int) weight.getAsLong()) : OptionalInt.empty();
    }

    private static List<DiskLimit> limits(Fields disks) {
        List<DiskLimit> limits = new ArrayList<>();
        for (YamlValue item : disks.items("weight_device")) {
            Fields.of(disks.context(), "a weight of " + disks.where(), item, Keys.DISK_WEIGHT)
                    .ifPresent(fields ->
                            add(limits, DiskLimitKind.WEIGHT, fields, fields.whole("weight", WEIGHT_MIN, WEIGHT_MAX)));
        }
        RATES.forEach((key, kind) -> {
            for (YamlValue item : disks.items(key)) {
                Fields.of(disks.context(), "an item of " + disks.name(key), item, Keys.DISK_RATE)
                        .ifPresent(fields -> add(limits, kind, fields, fields.bytes("rate")));
            }
        });
        return limits;
    }

    private static void add(List<DiskLimit> limits, DiskLimitKind kind, Fields fields, OptionalLong rate) {
        String path = fields.text("path").orElse("");
        if (!path.startsWith("/") || rate.isEmpty()) {
            fields.context()
                    .problems()
                    .report(
                            fields.mapping().position(),
                            fields.where() + " needs a 'path' of a disk and a "
                                    + (kind == DiskLimitKind.WEIGHT ? "'weight'" : "'rate'"));
            return;
        }
        limits.add(new DiskLimit(kind, path, rate.getAsLong()));
    }
}
