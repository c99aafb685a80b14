package org.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecurityOptionTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void aProfileGoesWhereAFileCanBe() {
        Path file = folder.resolve("profile.json");
        SecurityOption.checkWritable(file);
        SecurityOption.write(file, "{}");
        SecurityOption.checkWritable(file);
        assertThat(file).hasContent("{}");
    }

    /** Not after the run whose calls it was to hold. */
    @Test
    void elsewhereItIsRefusedBeforeTheRun() {
        assertThatThrownBy(() -> SecurityOption.checkWritable(folder.resolve("missing/profile.json")))
                .hasMessageContaining("can't write");
        assertThatThrownBy(() -> SecurityOption.checkWritable(folder)).hasMessageContaining("can't write");
    }

    @Test
    void aRunThatToldOfNoCallsLeavesNoProfile() {
        Path file = folder.resolve("profile.json");
        assertThatThrownBy(() -> SecurityOption.write(file, "")).hasMessageContaining("no system calls were learned");
        assertThat(file).doesNotExist();
    }
}
