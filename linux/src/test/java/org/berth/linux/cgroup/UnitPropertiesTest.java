package org.berth.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Collectors;
import org.berth.linux.dbus.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnitPropertiesTest {
    @Test
    void scopeOnUnified() {
        assertThat(words(UnitProperties.starting("a.scope", "b.slice", 7, true, GroupResourcesExample.all())))
                .isEqualTo("""
                        AllowedCPUs ay [3]
                        AllowedMemoryNodes ay [1]
                        CPUAccounting b true
                        CPUQuotaPerSecUSec t 1500000
                        CPUQuotaPeriodUSec t 100000
                        CPUWeight t 59
                        DefaultDependencies b false
                        Delegate b true
                        Description s Berth container a.scope
                        IOAccounting b true
                        MemoryAccounting b true
                        MemoryLow t 33554432
                        MemoryMax t 67108864
                        MemorySwapMax t 33554432
                        PIDs au [7]
                        Slice s b.slice
                        TasksAccounting b true
                        TasksMax t 100""");
    }

    @Test
    void sliceOnLegacy() {
        assertThat(words(UnitProperties.starting("b-a.slice", "b.slice", 7, false, GroupResourcesExample.all())))
                .contains("MemoryLimit t 67108864", "CPUShares t 512", "BlockIOWeight t 500", "Wants as [b.slice]")
                .doesNotContain("PIDs", "Delegate", "Allowed", "MemoryMax");
    }

    @Test
    void updateToNoLimits() {
        assertThat(words(UnitProperties.updating(true, GroupResourcesExample.memory(-1, -1))))
                .isEqualTo("MemoryMax t -1\nMemorySwapMax t -1");
    }

    @ParameterizedTest
    @CsvSource({"50000,100000,500000", "1,100000,10000", "33333,100000,340000", "-1,100000,-1"})
    void quotaIsRoundedUpToHundredths(long quota, long period, long expected) {
        assertThat(UnitProperties.perSecond(quota, period)).isEqualTo(expected);
    }

    @Test
    void lists() {
        assertThat(words(UnitProperties.bits("0-2,8"))).isEqualTo("ay [7, 1]");
        for (String wrong : List.of("", "a", "3-1", "0-99999", "1,,2")) {
            assertThatThrownBy(() -> UnitProperties.bits(wrong)).hasMessageContaining("'" + wrong + "'");
        }
    }

    private static String words(List<Value> pairs) {
        return pairs.stream()
                .map(pair -> ((Value.Structure) pair).members())
                .map(pair ->
                        ((Value.Text) pair.getFirst()).value() + " " + words(((Value.Variant) pair.getLast()).value()))
                .collect(Collectors.joining("\n"));
    }

    private static String words(Value value) {
        return switch (value) {
            case Value.Sequence sequence ->
                sequence.signature() + " "
                        + sequence.items().stream()
                                .map(UnitPropertiesTest::plain)
                                .toList();
            default -> value.signature() + " " + plain(value);
        };
    }

    private static String plain(Value value) {
        return switch (value) {
            case Value.Text(String text) -> text;
            case Value.Flag(boolean flag) -> Boolean.toString(flag);
            case Value.Number(long number) -> Long.toString(number);
            case Value.Word(long word) -> Long.toString(word);
            case Value.Octet(int octet) -> Integer.toString(octet);
            default -> value.toString();
        };
    }
}
