package org.berth.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.NoSuchAlgorithmException;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

class TransportTest {
    @Test
    void offersTheQuickCipherFirstAndLeavesNoneOut() throws NoSuchAlgorithmException {
        String[] offered = Transport.quickFirst().getCipherSuites();
        assertThat(offered)
                .containsExactlyInAnyOrder(
                        SSLContext.getDefault().getDefaultSSLParameters().getCipherSuites());
        assertThat(offered[0]).contains("CHACHA20");
        assertThat(offered[offered.length - 1]).doesNotContain("CHACHA20");
    }
}
