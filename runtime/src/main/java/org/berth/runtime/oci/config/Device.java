package org.berth.runtime.oci.config;

import java.util.Optional;

/**
 * A device node to be made.
 *
 * @param path absolute, in the container
 * @param mode permission bits; empty: 0666
 */
public record Device(Type type, String path, long major, long minor, Optional<Integer> mode, long uid, long gid) {
    /** What kind of node. */
    public enum Type {
        CHARACTER,
        BLOCK,
        FIFO
    }

    private static final int MODE_MAX = 07777;

    static Device of(ConfigNode node) {
        ConfigNode type = node.required("type");
        Type kind = switch (type.text()) {
            case "c", "u" -> Type.CHARACTER;
            case "b" -> Type.BLOCK;
            case "p" -> Type.FIFO;
            default -> throw type.expected("one of c, u, b, p");
        };
        ConfigNode path = node.required("path");
        if (!path.text().startsWith("/")) {
            throw path.expected("an absolute path");
        }
        boolean fifo = kind == Type.FIFO;
        return new Device(
                kind,
                path.text(),
                fifo ? 0 : node.required("major").number(0, 0xfff),
                fifo ? 0 : node.required("minor").number(0, 0xfffff),
                node.member("fileMode").map(mode -> (int) (mode.word() & MODE_MAX)),
                node.member("uid").map(ConfigNode::word).orElse(0L),
                node.member("gid").map(ConfigNode::word).orElse(0L));
    }

    /** The number as mknod(2) takes it. */
    public long number() {
        return (minor & 0xff) | (major << 8) | ((minor & ~0xffL) << 12);
    }
}
