package org.berth.runtime.oci.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.berth.runtime.oci.config.Mount;
import org.berth.runtime.oci.config.OciConfig;
import org.junit.jupiter.api.Test;

class MountLabelsTest {
    private static final OciConfig CONFIG = OciConfig.parse("""
            {"ociVersion": "1.2.1", "linux": {"mountLabel": "a:b:c:s0:c1,c2"}, "mounts": [
              {"destination": "/proc", "type": "proc"},
              {"destination": "/tmp", "type": "tmpfs", "options": ["size=64k"]},
              {"destination": "/own", "type": "tmpfs", "options": ["rootcontext=x"]},
              {"destination": "/dev/pts", "type": "devpts"},
              {"destination": "/data", "source": "/srv", "options": ["bind"]},
              {"destination": "/tmp", "type": "none", "options": ["remount", "ro"]}]}""");

    @Test
    void newFileSystemsAreLabelled() {
        List<String> warnings = new ArrayList<>();
        OciConfig labelled = MountLabels.apply(CONFIG, true, warnings::add);
        assertThat(labelled.mounts().stream()
                        .map(Mount::options)
                        .map(options -> String.join(" ", options.data()))
                        .toList())
                .containsExactly(
                        "", "size=64k context=a:b:c:s0:c1,c2", "rootcontext=x", "context=a:b:c:s0:c1,c2", "", "");
        assertThat(warnings).isEmpty();
    }

    @Test
    void aKernelWithoutLabelsIsSaid() {
        List<String> warnings = new ArrayList<>();
        assertThat(MountLabels.apply(CONFIG, false, warnings::add)).isEqualTo(CONFIG);
        assertThat(warnings)
                .singleElement()
                .asString()
                .startsWith("linux.mountLabel: ")
                .contains("a:b:c:s0:c1,c2");
    }
}
