package org.berth.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrdinaryUserTest {
    @TempDir
    Path temporary;

    @Test
    void dataIsWhereTheUserKeepsIt() {
        assertThat(OrdinaryUser.data(Map.of("HOME", "/home/ada"))).hasToString("/home/ada/.local/share/berth");
        assertThat(OrdinaryUser.data(Map.of("HOME", "/home/ada", "XDG_DATA_HOME", "/big/ada")))
                .hasToString("/big/ada/berth");
        assertThat(OrdinaryUser.data(Map.of("HOME", "/home/ada", "XDG_DATA_HOME", "relative")))
                .as("the specification has relative paths ignored")
                .hasToString("/home/ada/.local/share/berth");
    }

    @Test
    void whatRunsIsWhereTheLoginPutsIt() {
        assertThat(OrdinaryUser.run(Map.of("XDG_RUNTIME_DIR", "/run/user/7"))).hasToString("/run/user/7/berth");
        assertThat(OrdinaryUser.run(7, Path.of("/run/user/7"), temporary, folder -> true))
                .hasToString("/run/user/7/berth");
    }

    @Test
    void withoutALoginItIsATemporaryFolderOfTheUsersOwn() throws IOException {
        long id = ((Number) Files.getAttribute(temporary, "unix:uid")).longValue();
        Path folder = OrdinaryUser.run(id, Path.of("/none"), temporary, any -> false);
        assertThat(folder).isEqualTo(temporary.resolve("berth-" + id));
        Files.createDirectory(folder);
        assertThat(OrdinaryUser.run(id, Path.of("/none"), temporary, any -> false))
                .isEqualTo(folder);
    }

    @Test
    void aFolderOrLinkOfSomebodyElseIsRefused() throws IOException {
        long id = ((Number) Files.getAttribute(temporary, "unix:uid")).longValue();
        Files.createDirectory(temporary.resolve("berth-" + (id + 1)));
        assertThatThrownBy(() -> OrdinaryUser.run(id + 1, Path.of("/none"), temporary, any -> false))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("is not this user's own folder");
        Files.createSymbolicLink(temporary.resolve("berth-" + id), temporary);
        assertThatThrownBy(() -> OrdinaryUser.run(id, Path.of("/none"), temporary, any -> false))
                .isInstanceOf(BerthException.class);
    }
}
