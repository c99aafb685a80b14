package org.berth.base;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;

/**
 * One Berth on a machine: the folder of what it keeps and the folder of what runs. Every name that
 * is visible host-wide (bridge, interface, nftables table, cgroup parent, address pool) derives from
 * {@link #tag()}, so that two daemons with other folders never meet.
 *
 * @param root what survives a reboot ({@code BERTH_ROOT}, default {@code /var/lib/berth}, an ordinary user's
 *     {@code $XDG_DATA_HOME/berth}); absolute
 * @param run what a reboot wipes: socket, process records, namespaces ({@code BERTH_RUN}, default
 *     {@code /run/berth}, an ordinary user's {@code $XDG_RUNTIME_DIR/berth}); absolute
 */
public record Instance(Path root, Path run) {
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
    private static final int TAG_LENGTH = 6;

    public Instance {
        root = root.toAbsolutePath().normalize();
        run = run.toAbsolutePath().normalize();
    }

    /**
     * The instance that {@code BERTH_ROOT} and {@code BERTH_RUN} name; an ordinary user's is in the user's own folders
     * where they name none.
     */
    public static Instance fromEnvironment(Map<String, String> environment) {
        return new Instance(
                folder(environment, "BERTH_ROOT", "/var/lib/berth", OrdinaryUser::data),
                folder(environment, "BERTH_RUN", "/run/berth", OrdinaryUser::run));
    }

    private static Path folder(
            Map<String, String> environment, String variable, String standard, UnaryFolder ordinary) {
        String named = environment.getOrDefault(variable, "");
        if (!named.isEmpty()) {
            return Path.of(named);
        }
        return OrdinaryUser.isPresent() ? ordinary.of(environment) : Path.of(standard);
    }

    @FunctionalInterface
    private interface UnaryFolder {
        Path of(Map<String, String> environment);
    }

    /**
     * Six characters of {@code [a-z2-7]} that stand for this instance in host-wide names. Short,
     * because an interface's name has 15 bytes at the most (IFNAMSIZ, netdevice(7)).
     */
    public String tag() {
        byte[] digest = sha256((root + "\n" + run).getBytes(StandardCharsets.UTF_8));
        StringBuilder tag = new StringBuilder(TAG_LENGTH);
        for (int i = 0; i < TAG_LENGTH; i++) {
            tag.append(ALPHABET.charAt(digest[i] & 31));
        }
        return tag.toString();
    }

    /** The daemon's socket. */
    public Path socket() {
        return run.resolve("berth.sock");
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
