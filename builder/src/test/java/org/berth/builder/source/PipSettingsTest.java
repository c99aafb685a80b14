package org.berth.builder.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PipSettingsTest {
    @Test
    void foldersAreSeenBelowTheGivenFolder() {
        PipSettings settings = PipSettings.of(
                Map.of(
                        "PIP_FIND_LINKS", "/host/wheels https://example.org/wheels",
                        "PIP_INDEX_URL", "file:///host/index/simple",
                        "PIP_EXTRA_INDEX_URL", "https://user:word@example.org/simple",
                        "PIP_CERT", "/etc/certs.pem",
                        "PIP_TARGET", "/no/such/thing",
                        "HTTPS_PROXY", "http://proxy:3128",
                        "HOME", "/root"),
                List.of());
        assertThat(settings.folders())
                .containsOnly(
                        Map.entry("index-0", Path.of("/host/wheels")), Map.entry("index-1", Path.of("/host/index")));
        assertThat(settings.environment())
                .containsEntry("PIP_FIND_LINKS", "/mnt/index-0 https://example.org/wheels")
                .containsEntry("PIP_INDEX_URL", "file:///mnt/index-1/simple")
                .containsEntry("PIP_EXTRA_INDEX_URL", "https://user:word@example.org/simple")
                .containsEntry("HTTPS_PROXY", "http://proxy:3128")
                .doesNotContainKeys("PIP_TARGET", "HOME");
        assertThat(settings.certificates()).contains(Path.of("/etc/certs.pem"));
    }

    @Test
    void configurationFilesCountAndVariablesDecide() {
        PipSettings settings = PipSettings.of(
                Map.of("PIP_INDEX_URL", "https://of.the/variable"),
                List.of(
                        "[global]\nindex-url = https://of.the/first\nfind-links =\n    /a\n    /b\n[list]\nformat = x\n",
                        "# comment\n[install]\nno-index = true\n"));
        assertThat(settings.environment())
                .containsEntry("PIP_INDEX_URL", "https://of.the/variable")
                .containsEntry("PIP_FIND_LINKS", "/mnt/index-0 /mnt/index-1")
                .containsEntry("PIP_NO_INDEX", "true");
    }

    @Test
    void filesAreLookedForWherePipDoes() {
        assertThat(PipSettings.configurationFiles(Map.of("HOME", "/home/x", "PIP_CONFIG_FILE", "/y/pip.conf")))
                .containsExactly(
                        Path.of("/etc/xdg/pip/pip.conf"),
                        Path.of("/etc/pip.conf"),
                        Path.of("/home/x/.pip/pip.conf"),
                        Path.of("/home/x/.config/pip/pip.conf"),
                        Path.of("/y/pip.conf"));
        assertThat(PipSettings.configurationFiles(Map.of("PIP_CONFIG_FILE", "/dev/null")))
                .isEmpty();
    }
}
