package org.berth.runtime.oci.config;

import java.util.Optional;

/** A namespace to be made, or to be joined by its path. */
public record Namespace(Kind kind, Optional<String> path) {
    /** The kinds, by the configuration's names. */
    public enum Kind {
        PID("pid", 0x20000000L),
        NETWORK("network", 0x40000000L),
        MOUNT("mount", 0x20000L),
        IPC("ipc", 0x08000000L),
        UTS("uts", 0x04000000L),
        USER("user", 0x10000000L),
        CGROUP("cgroup", 0x02000000L),
        TIME("time", 0x80L);

        private final String key;
        private final long flag;

        Kind(String key, long flag) {
            this.key = key;
            this.flag = flag;
        }

        /** As the configuration writes it: "network". */
        public String key() {
            return key;
        }

        /** CLONE_NEW* (sched.h). */
        public long flag() {
            return flag;
        }

        /** Its file in /proc/PID/ns. */
        public String file() {
            return switch (this) {
                case NETWORK -> "net";
                case MOUNT -> "mnt";
                default -> key;
            };
        }
    }

    static Namespace of(ConfigNode node) {
        Kind kind = node.required("type").oneOf(Kind.values(), Kind::key);
        Optional<ConfigNode> path =
                node.member("path").filter(value -> !value.text().isEmpty());
        path.filter(value -> !value.text().startsWith("/")).ifPresent(value -> {
            throw value.expected("an absolute path");
        });
        return new Namespace(kind, path.map(ConfigNode::text));
    }
}
