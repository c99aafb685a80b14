package org.berth.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet4Address;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.junit.jupiter.api.Test;

class SubnetTest {
    @Test
    void aSubnetIsReadAndWritten() {
        Subnet subnet = Subnet.parse("192.168.7.0/24");
        assertThat(subnet).hasToString("192.168.7.0/24");
        assertThat(subnet.gateway()).isEqualTo(address("192.168.7.1"));
        assertThat(subnet.address(255)).isEqualTo(address("192.168.7.255"));
        assertThat(subnet.offset(address("192.168.7.9"))).isEqualTo(9);
        assertThat(subnet.contains(address("192.168.7.200"))).isTrue();
        assertThat(subnet.contains(address("192.168.8.1"))).isFalse();
    }

    @Test
    void whatIsNoSubnetIsRefusedWithTheReason() {
        assertThatThrownBy(() -> Subnet.parse("10.1.2.3/24"))
                .isInstanceOf(BerthException.class)
                .hasMessage("subnet 10.1.2.3/24: did you mean 10.1.2.0/24?");
        for (String text :
                List.of("", "10.1.2.0", "10.1.2/24", "10.1.2.256/24", "10.1.2.0/33", "10.1.2.0/-1", "::/0")) {
            assertThatThrownBy(() -> Subnet.parse(text)).isInstanceOf(BerthException.class);
        }
    }

    @Test
    void overlapIsSymmetric() {
        assertThat(Subnet.parse("10.0.0.0/8").overlaps(Subnet.parse("10.1.2.0/24")))
                .isTrue();
        assertThat(Subnet.parse("10.1.2.0/24").overlaps(Subnet.parse("10.0.0.0/8")))
                .isTrue();
        assertThat(Subnet.parse("10.1.2.0/24").overlaps(Subnet.parse("10.1.3.0/24")))
                .isFalse();
        assertThat(Subnet.parse("0.0.0.0/0").overlaps(Subnet.parse("10.1.3.0/24")))
                .isTrue();
    }

    @Test
    void thePoolPassesOverWhatIsTaken() {
        SubnetPool pool = new SubnetPool("abcdef");
        Subnet first = pool.choose(List.of());
        assertThat(pool.choose(List.of())).isEqualTo(first);
        Subnet second = pool.choose(List.of(first));
        assertThat(second).isNotEqualTo(first);
        assertThat(pool.choose(List.of(first, Subnet.of(second.gateway(), 32)))).isNotIn(first, second);
        assertThat(pool.choose(List.of(Subnet.parse("0.0.0.0/0"), Subnet.parse("0.0.0.0/1"))))
                .isEqualTo(first);
        assertThat(pool.choose(List.of(Subnet.parse("10.0.0.0/8"))).toString()).startsWith("172.");
        assertThat(pool.choose(List.of(Subnet.parse("10.0.0.0/8"), Subnet.parse("172.16.0.0/12")))
                        .toString())
                .startsWith("192.168.");
    }

    @Test
    void anExhaustedPoolSaysSo() {
        assertThatThrownBy(() -> new SubnetPool("abcdef")
                        .choose(List.of(
                                Subnet.parse("10.0.0.0/8"),
                                Subnet.parse("172.16.0.0/12"),
                                Subnet.parse("192.168.0.0/16"))))
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.EXHAUSTED))
                .hasMessageStartingWith("no subnet is free for a network");
    }

    @Test
    void otherInstancesBeginElsewhere() {
        Set<Subnet> first = new HashSet<>();
        for (String tag : List.of("aaaaaa", "aaaaab", "k7q2zz", "zzzzzz", "mbxp2j", "k3dp64")) {
            first.add(new SubnetPool(tag).choose(List.of()));
        }
        assertThat(first).hasSizeGreaterThan(4);
    }

    @Test
    void addressesAreGivenInTurnAndReusedLast() {
        Subnet subnet = Subnet.parse("10.1.2.0/29"); // .2 to .6
        assertThat(AddressPool.next("app", subnet, 1, Set.of())).isEqualTo(address("10.1.2.2"));
        assertThat(AddressPool.next("app", subnet, 2, Set.of())).isEqualTo(address("10.1.2.3"));
        assertThat(AddressPool.next("app", subnet, 6, Set.of())).isEqualTo(address("10.1.2.2"));
        assertThat(AddressPool.next("app", subnet, 6, Set.of(address("10.1.2.2"))))
                .isEqualTo(address("10.1.2.3"));

        Set<Inet4Address> used = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            assertThat(used.add(AddressPool.next("app", subnet, 3, used))).isTrue();
        }
        assertThat(used).doesNotContain(address("10.1.2.0"), address("10.1.2.1"), address("10.1.2.7"));
        assertThatThrownBy(() -> AddressPool.next("app", subnet, 3, used))
                .isInstanceOf(BerthException.class)
                .hasMessageStartingWith("network app: all 5 addresses of 10.1.2.0/29 are in use");
    }

    private static Inet4Address address(String text) {
        return TestHost.address(text);
    }
}
