package org.berth.builder.sbom;

import java.nio.charset.StandardCharsets;

/**
 * A package in an image.
 *
 * @param namespace "debian", npm's scope ("@babel"), Maven's group; may be empty
 * @param qualifiers "arch=amd64"; may be empty
 * @param license as the package says it; may be empty
 * @param path where it was found
 */
public record Component(
        Kind kind, String namespace, String name, String version, String qualifiers, String license, String path)
        implements Comparable<Component> {

    /** Whose package it is, by the names of the package-url specification. */
    public enum Kind {
        DEB("deb"),
        PYPI("pypi"),
        NPM("npm"),
        MAVEN("maven");

        private final String type;

        Kind(String type) {
            this.type = type;
        }
    }

    /** Its package URL (purl-spec): {@code pkg:deb/debian/libc6@2.36-9?arch=amd64}. */
    public String url() {
        return "pkg:" + kind.type + "/" + (namespace.isEmpty() ? "" : encoded(namespace) + "/") + encoded(name)
                + (version.isEmpty() ? "" : "@" + encoded(version))
                + (qualifiers.isEmpty() ? "" : "?" + qualifiers);
    }

    @Override
    public int compareTo(Component other) {
        int order = url().compareTo(other.url());
        return order != 0 ? order : path.compareTo(other.path);
    }

    /** Percent-encoded but for the letters that a purl has plain. */
    private static String encoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            boolean plain = c < 128 && (Character.isLetterOrDigit(c) || "-._~:".indexOf(c) >= 0);
            encoded.append(plain ? String.valueOf(c) : String.format("%%%02X", b & 0xff));
        }
        return encoded.toString();
    }
}
