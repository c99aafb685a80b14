package org.berth.linux.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.berth.base.BerthException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsersTest {
    private static final Users USERS = Users.parse("""
            root:x:0:0:root:/root:/bin/bash
            www:x:33:34:www:/var/www:/usr/sbin/nologin
            broken:x::0:nobody:/:/bin/sh
            over:x:4294967296:0::/:/bin/sh
            minus:x:-1:0::/:/bin/sh
            short:x:5
            homeless:x:70:70:::
            """, """
            root:x:0:
            staff:x:50:www,other
            media:x:51:www
            bad:x:99999999999:www
            """);

    @Test
    void emptyIsUserZeroWithItsHome() {
        assertThat(USERS.resolve("")).isEqualTo(new Users.Identity(0, 0, List.of(), "/root"));
    }

    @Test
    void nameHasItsGroupAndSupplementaryGroups() {
        assertThat(USERS.resolve("www")).isEqualTo(new Users.Identity(33, 34, List.of(50L, 51L), "/var/www"));
        assertThat(USERS.resolve("33")).isEqualTo(USERS.resolve("www"));
    }

    @Test
    void groupGivenStandsAlone() {
        assertThat(USERS.resolve("www:staff")).isEqualTo(new Users.Identity(33, 50, List.of(), "/var/www"));
        assertThat(USERS.resolve("1000:1001")).isEqualTo(new Users.Identity(1000, 1001, List.of(), "/"));
    }

    @Test
    void unknownNumberIsThatNumber() {
        assertThat(USERS.resolve("2147483647")).isEqualTo(new Users.Identity(2147483647L, 0, List.of(), "/"));
    }

    @Test
    void homeIsTheRootWhenMissing() {
        assertThat(USERS.resolve("homeless").home()).isEqualTo("/");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1",
                "+0",
                "2147483648",
                "4294967295",
                "4294967296",
                "18446744073709551616",
                "0x0",
                "1e3",
                "12abc",
                " 0",
                "0 ",
                ":0",
                ":",
                "0:",
                "0:-1",
                "0:4294967296",
                "broken",
                "over",
                "minus",
                "short",
                "nobody",
                "www:bad",
                "www:none",
                "root:",
                "٣",
                "0:0:0"
            })
    void cve202630892WrongTextsAreRefused(String text) {
        assertThatThrownBy(() -> USERS.resolve(text)).isInstanceOf(BerthException.class);
    }
}
