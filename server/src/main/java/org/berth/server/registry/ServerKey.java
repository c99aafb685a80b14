package org.berth.server.registry;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** What the registry proves itself with: a certificate, with those that vouch for it, and its key, as PEM (RFC 7468). */
final class ServerKey {
    private static final List<String> KINDS = List.of("EC", "RSA", "Ed25519");
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN ([A-Z ]*PRIVATE KEY)-----\\s*([A-Za-z0-9+/=\\s]+?)\\s*-----END \\1-----");
    private static final char[] NO_PASSWORD = new char[0];

    private ServerKey() {}

    /**
     * TLS as this server.
     *
     * @param certificate a file: the server's own certificate first, then those between it and an authority
     * @param key a file: the key of the first (PKCS #8, RFC 5958)
     * @throws BerthException INVALID for a file that can't be used
     */
    static SSLContext read(Path certificate, Path key) {
        Collection<? extends Certificate> chain = chain(certificate);
        PrivateKey own = key(key);
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("server", own, NO_PASSWORD, chain.toArray(Certificate[]::new));
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(store, NO_PASSWORD);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw unusable("certificate " + certificate + " with the key " + key, String.valueOf(e.getMessage()), e);
        }
    }

    /** As an option or the environment names both files; empty where it names neither. */
    static Optional<SSLContext> of(String certificate, String key) {
        if (certificate.isEmpty() && key.isEmpty()) {
            return Optional.empty();
        }
        if (certificate.isEmpty() || key.isEmpty()) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "registry: TLS wants a certificate and its key; "
                            + (key.isEmpty() ? "the key is" : "the certificate is") + " missing");
        }
        return Optional.of(read(Path.of(certificate), Path.of(key)));
    }

    private static Collection<? extends Certificate> chain(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> chain =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (chain.isEmpty()) {
                throw unusable("certificate " + file, "there is none in it", null);
            }
            return chain;
        } catch (NoSuchFileException e) {
            throw unusable("certificate " + file, "there is no such file", e);
        } catch (IOException | GeneralSecurityException e) {
            throw unusable("certificate " + file, "expected PEM certificates: " + e.getMessage(), e);
        }
    }

    private static PrivateKey key(Path file) {
        try {
            Matcher matcher = KEY.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
            if (!matcher.find()) {
                throw unusable("key " + file, "expected a PEM text with BEGIN PRIVATE KEY", null);
            }
            if (!matcher.group(1).equals("PRIVATE KEY")) {
                throw unusable(
                        "key " + file,
                        "it is a \"" + matcher.group(1)
                                + "\", expected a \"PRIVATE KEY\" with no password: openssl pkcs8 -topk8 -nodes -in "
                                + file,
                        null);
            }
            return key(file, Base64.getMimeDecoder().decode(matcher.group(2)));
        } catch (NoSuchFileException e) {
            throw unusable("key " + file, "there is no such file", e);
        } catch (IOException | GeneralSecurityException e) {
            throw unusable("key " + file, String.valueOf(e.getMessage()), e);
        }
    }

    private static PrivateKey key(Path file, byte[] content) throws GeneralSecurityException {
        for (String kind : KINDS) {
            try {
                return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(content));
            } catch (InvalidKeySpecException e) {
                // of another kind, maybe
            }
        }
        throw unusable("key " + file, "expected one of these kinds: " + String.join(", ", KINDS), null);
    }

    private static BerthException unusable(
            String what, String reason, @org.jspecify.annotations.Nullable Exception cause) {
        String message = "registry " + what + " can't be used: " + reason;
        return cause == null
                ? new BerthException(ErrorCode.INVALID, message)
                : new BerthException(ErrorCode.INVALID, message, cause);
    }
}
