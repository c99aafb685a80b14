package org.berth.builder.source;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * The authorities that this host believes over and above those that every Debian does: of a proxy that signs anew, of a
 * company's own package index. A step of a plan is told them while it runs, each program in its own way.
 *
 * @param pem all that the host believes, as one PEM text
 */
public record HostCertificates(String pem) {
    private static final String PEM_NAME = "certificates.pem";
    private static final String STORE_NAME = "truststore.jks";
    private static final String STORE_PASSWORD = "changeit"; // Java's own for stores with nothing secret in them
    private static final int CERTIFICATES_MAX = 2000;

    /** What programs on the host are told by. */
    private static final List<String> VARIABLES =
            List.of("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO");

    /**
     * Where a Debian keeps them (update-ca-certificates(8)).
     *
     * @param own what was added to this machine
     * @param all those and the usual ones, as one file
     */
    public record Places(Path own, Path all) {
        static final Places DEBIAN =
                new Places(Path.of("/usr/local/share/ca-certificates"), Path.of("/etc/ssl/certs/ca-certificates.crt"));
    }

    /**
     * Those of this host; empty when it believes nobody but the usual ones, as far as is known.
     *
     * @param named a file that pip's settings name
     */
    public static Optional<HostCertificates> of(Map<String, String> environment, Optional<Path> named) {
        return of(environment, named, Places.DEBIAN);
    }

    static Optional<HostCertificates> of(Map<String, String> environment, Optional<Path> named, Places places) {
        Set<Path> files = new LinkedHashSet<>();
        named.ifPresent(files::add);
        VARIABLES.stream()
                .map(name -> environment.getOrDefault(name, ""))
                .filter(text -> text.startsWith("/"))
                .map(Path::of)
                .forEach(files::add);
        files.removeIf(file -> !Files.isRegularFile(file));
        if (files.isEmpty() && !hasOwn(places.own())) {
            return Optional.empty();
        }
        if (Files.isRegularFile(places.all())) {
            files.add(places.all()); // a file that is named may have the additional ones only
        }
        StringBuilder pem = new StringBuilder();
        files.forEach(file -> pem.append(text(file)).append('\n'));
        return Optional.of(new HostCertificates(pem.toString()));
    }

    /** The files that a step sees, by their names in its folder. */
    public Map<String, byte[]> files() {
        return Map.of(PEM_NAME, pem.getBytes(StandardCharsets.UTF_8), STORE_NAME, store());
    }

    /** What tells programs of them: OpenSSL's, pip, curl, git, npm and Node, and Java. */
    public static Map<String, String> variables() {
        String file = HostFile.GIVEN_FOLDER + "/" + PEM_NAME;
        Map<String, String> variables = new TreeMap<>();
        for (String name : VARIABLES) {
            variables.put(name, file);
        }
        variables.put("PIP_CERT", file);
        variables.put("NPM_CONFIG_CAFILE", file);
        variables.put(
                "JAVA_TOOL_OPTIONS",
                "-Djavax.net.ssl.trustStore=" + HostFile.GIVEN_FOLDER + "/" + STORE_NAME
                        + " -Djavax.net.ssl.trustStoreType=JKS -Djavax.net.ssl.trustStorePassword=" + STORE_PASSWORD);
        return variables;
    }

    private static boolean hasOwn(Path folder) {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> files = Files.walk(folder, 3)) {
            return files.anyMatch(file -> file.toString().endsWith(".crt"));
        } catch (IOException e) {
            throw new UncheckedIOException("look for certificates in " + folder, e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + file + ": " + e.getMessage(), e);
        }
    }

    /** As Java's programs read them. */
    private byte[] store() {
        try {
            KeyStore store = KeyStore.getInstance("JKS");
            store.load(null, null);
            int number = 0;
            for (Certificate one : CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)))) {
                if (number < CERTIFICATES_MAX) {
                    store.setCertificateEntry("host" + number++, one);
                }
            }
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            store.store(file, STORE_PASSWORD.toCharArray());
            return file.toByteArray();
        } catch (IOException | GeneralSecurityException e) {
            throw new BerthException(
                    ErrorCode.INVALID, "this host's certificates can't be read, expected PEM: " + e.getMessage(), e);
        }
    }
}
