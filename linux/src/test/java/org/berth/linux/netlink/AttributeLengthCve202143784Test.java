package org.berth.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.junit.jupiter.api.Test;

/**
 * CVE-2021-43784: an attribute's length was cut to 16 bits, so that the tail of a long value was read
 * by the kernel as further attributes, of an attacker's choice.
 */
class AttributeLengthCve202143784Test {
    @Test
    void anAttributeOf65536BytesIsRejected() {
        assertThatThrownBy(() -> message().attribute(1, new byte[65_536 - 4]))
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID))
                .hasMessage("netlink attribute 1 of 65536 bytes: at most 65535");
        assertThatThrownBy(() -> message().attribute(1, "a".repeat(65_536))).isInstanceOf(BerthException.class);
    }

    @Test
    void theLongestAttributeKeepsItsLength() {
        byte[] message = message().attribute(1, new byte[65_535 - 4]).finish(1);
        assertThat(Short.toUnsignedInt(
                        ByteBuffer.wrap(message).order(ByteOrder.nativeOrder()).getShort(16)))
                .isEqualTo(65_535);
        assertThat(message).hasSize(16 + 65_536);
    }

    @Test
    void manyShortAttributesInsideOneAreBoundedToo() {
        assertThatThrownBy(() -> message().nested(7, inside -> {
                    for (int i = 0; i < 3; i++) {
                        inside.attribute(1, new byte[30_000]);
                    }
                }))
                .isInstanceOf(BerthException.class)
                .hasMessage("netlink attribute 7 of 90016 bytes: at most 65535");
    }

    @Test
    void aMessageIsBounded() {
        MessageWriter message = message();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 10; i++) {
                        message.attribute(1, new byte[60_000]);
                    }
                })
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("at most 262144");
    }

    private static MessageWriter message() {
        return new MessageWriter(16, 1);
    }
}
