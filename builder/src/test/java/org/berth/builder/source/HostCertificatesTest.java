package org.berth.builder.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a host believes over and above others, as a step of a plan is told. */
class HostCertificatesTest {
    @TempDir
    private Path folder;

    private HostCertificates.Places places = new HostCertificates.Places(Path.of("/"), Path.of("/"));
    private List<String> authorities = List.of();

    /** Of Java's own authorities two serve as the host's: one is everybody's, one was added. */
    @BeforeEach
    void twoAuthorities() throws Exception {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        X509Certificate[] all = ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers();
        authorities = List.of(pem(all[0]), pem(all[1]));
        places = new HostCertificates.Places(
                Files.createDirectories(folder.resolve("own")),
                Files.writeString(folder.resolve("all.crt"), authorities.getFirst()));
    }

    private static String pem(X509Certificate certificate) throws Exception {
        return "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
                + "\n-----END CERTIFICATE-----\n";
    }

    private static int inStore(HostCertificates certificates) throws Exception {
        KeyStore store = KeyStore.getInstance("JKS");
        store.load(
                new ByteArrayInputStream(
                        Objects.requireNonNull(certificates.files().get("truststore.jks"))),
                "changeit".toCharArray());
        return store.size();
    }

    @Test
    void aHostThatBelievesNobodyElseTellsNothing() {
        assertThat(HostCertificates.of(Map.of(), Optional.empty(), places)).isEmpty();
        assertThat(HostCertificates.of(
                        Map.of("SSL_CERT_FILE", folder.resolve("missing").toString()), Optional.empty(), places))
                .isEmpty();
    }

    @Test
    void whatWasAddedToTheMachineIsToldInEveryForm() throws Exception {
        Files.writeString(places.own().resolve("proxy.crt"), authorities.getLast());
        Files.writeString(places.all(), authorities.getFirst() + authorities.getLast());
        HostCertificates certificates =
                HostCertificates.of(Map.of(), Optional.empty(), places).orElseThrow();
        assertThat(certificates.pem()).contains(authorities);
        assertThat(inStore(certificates)).isEqualTo(2);
        assertThat(HostCertificates.variables())
                .containsEntry("PIP_CERT", "/mnt/certificates.pem")
                .containsEntry("NODE_EXTRA_CA_CERTS", "/mnt/certificates.pem")
                .containsEntry("NPM_CONFIG_CAFILE", "/mnt/certificates.pem")
                .containsEntry("SSL_CERT_FILE", "/mnt/certificates.pem")
                .hasEntrySatisfying(
                        "JAVA_TOOL_OPTIONS", text -> assertThat(text).contains("/mnt/truststore.jks"));
    }

    /** A file that a variable names may have what was added alone; those of everybody must not be lost by it. */
    @Test
    void aFileThatIsNamedComesBesidesTheUsualOnes() throws Exception {
        Path extra = Files.writeString(folder.resolve("extra.pem"), authorities.getLast());
        for (Map<String, String> environment : Arrays.asList(
                Map.of("NODE_EXTRA_CA_CERTS", extra.toString()), Map.of("SSL_CERT_FILE", extra.toString()))) {
            HostCertificates certificates =
                    HostCertificates.of(environment, Optional.empty(), places).orElseThrow();
            assertThat(certificates.pem()).contains(authorities);
            assertThat(inStore(certificates)).isEqualTo(2);
        }
        assertThat(HostCertificates.of(Map.of(), Optional.of(extra), places)).isPresent();
    }

    @Test
    void whatIsNoCertificateIsSaid() throws IOException {
        Path wrong = Files.writeString(folder.resolve("wrong.pem"), "-----BEGIN CERTIFICATE-----\nno\n");
        HostCertificates certificates =
                HostCertificates.of(Map.of(), Optional.of(wrong), places).orElseThrow();
        assertThatThrownBy(certificates::files).hasMessageContaining("expected PEM");
    }
}
