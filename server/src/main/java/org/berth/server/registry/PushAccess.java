package org.berth.server.registry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.server.http.Exchange;
import org.berth.server.registry.RegistryFault.Code;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;

/**
 * Who may push and delete: nobody, anybody who reaches the port, or the users of a file as htpasswd -B writes it. Whoever may
 * push changes what images on this machine are called, so nobody is the rule. Anybody may pull.
 */
public sealed interface PushAccess {
    /**
     * What an option says: "no", "open", or a file's path.
     *
     * @throws BerthException INVALID for a file that can't be used
     */
    static PushAccess parse(String text) {
        return switch (text) {
            case "", "no" -> new Nobody();
            case "open" -> new Anybody();
            default -> Users.read(Path.of(text));
        };
    }

    /**
     * Refuses a request that must not be.
     *
     * @param changes whether it changes anything
     */
    void check(Exchange exchange, boolean changes);

    /** For people. */
    String describe();

    /** Nobody. */
    record Nobody() implements PushAccess {
        @Override
        public void check(Exchange exchange, boolean changes) {
            if (changes) {
                throw new RegistryFault(403, Code.DENIED, "this registry takes no pushes: begin it with --push");
            }
        }

        @Override
        public String describe() {
            return "pulls only";
        }
    }

    /** Anybody. */
    record Anybody() implements PushAccess {
        @Override
        public void check(Exchange exchange, boolean changes) {
            // welcome
        }

        @Override
        public String describe() {
            return "pulls, and pushes by anybody";
        }
    }

    /** Those with a name and a password. @param hashes bcrypt hashes by name */
    record Users(Map<String, String> hashes) implements PushAccess {
        private static final int USERS_MAX = 1000;

        static Users read(Path file) {
            Map<String, String> hashes = new HashMap<>();
            try {
                for (String line : Files.readAllLines(file)) {
                    int colon = line.indexOf(':');
                    if (line.isBlank() || line.startsWith("#")) {
                        continue;
                    }
                    // htpasswd says $2y$, others $2a$ or $2b$, for one and the same
                    if (colon < 1 || !line.substring(colon + 1).matches("\\$2[aby]\\$[0-9]{2}\\$.{53}")) {
                        throw new BerthException(
                                ErrorCode.INVALID, file + ": expected lines NAME:HASH, as htpasswd -B writes them");
                    }
                    hashes.put(line.substring(0, colon), line.substring(colon + 1));
                }
            } catch (NoSuchFileException e) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        file + ": there is no such file; expected no, open, or a file as htpasswd -B writes it",
                        e);
            } catch (IOException e) {
                throw new BerthException(ErrorCode.INVALID, file + " can't be read: " + e.getMessage(), e);
            }
            if (hashes.isEmpty() || hashes.size() > USERS_MAX) {
                throw new BerthException(ErrorCode.INVALID, file + ": expected 1 to " + USERS_MAX + " users");
            }
            return new Users(Map.copyOf(hashes));
        }

        @Override
        public void check(Exchange exchange, boolean changes) {
            String header = exchange.header("Authorization").orElse("");
            if (!header.startsWith("Basic ") || !isKnown(header.substring(6))) {
                exchange.with("WWW-Authenticate", "Basic realm=\"berth\"");
                throw new RegistryFault(401, Code.UNAUTHORIZED, "authentication required");
            }
        }

        private boolean isKnown(String encoded) {
            try {
                String plain = new String(Base64.getDecoder().decode(encoded.strip()), StandardCharsets.UTF_8);
                int colon = plain.indexOf(':');
                String hash = colon < 1 ? null : hashes.get(plain.substring(0, colon));
                return hash != null
                        && OpenBSDBCrypt.checkPassword(
                                hash, plain.substring(colon + 1).toCharArray());
            } catch (IllegalArgumentException e) {
                return false;
            }
        }

        @Override
        public String describe() {
            return "pulls, and pushes by " + hashes.size() + " users";
        }
    }
}
