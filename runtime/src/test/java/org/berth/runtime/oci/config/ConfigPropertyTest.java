package org.berth.runtime.oci.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.berth.base.BerthException;
import org.berth.base.JsonTree;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Goal: whatever stands in config.json, it is read or refused in words that name a member, never by any
 * other exception. Method: values of a whole configuration are exchanged at random; the seed is in each
 * failure, and {@code -Dberth.seed=N} repeats one.
 */
class ConfigPropertyTest {
    private static final int ROUNDS = 4000;
    private static final long SEED = Long.getLong("berth.seed", System.nanoTime());

    private static final String WHOLE = """
            {"ociVersion": "1.2.1", "root": {"path": "r", "readonly": true}, "hostname": "h", "domainname": "d",
             "annotations": {"a": "b"},
             "process": {"terminal": true, "consoleSize": {"height": 2, "width": 3}, "cwd": "/", "args": ["a"],
               "env": ["A=b"], "user": {"uid": 1, "gid": 2, "umask": 3, "additionalGids": [4]},
               "capabilities": {"bounding": ["CAP_KILL"], "ambient": ["CAP_KILL"]},
               "rlimits": [{"type": "RLIMIT_CPU", "soft": 1, "hard": 2}], "noNewPrivileges": true, "oomScoreAdj": 1,
               "apparmorProfile": "a", "selinuxLabel": "s",
               "scheduler": {"policy": "SCHED_FIFO", "nice": 1, "priority": 1, "flags": ["SCHED_FLAG_RECLAIM"]},
               "ioPriority": {"class": "IOPRIO_CLASS_RT", "priority": 1}, "execCPUAffinity": {"initial": "0-1"}},
             "mounts": [{"destination": "/a", "type": "bind", "source": "/b", "options": ["rro", "idmap"],
               "uidMappings": [{"containerID": 0, "hostID": 1, "size": 2}], "gidMappings": [{"size": 1}]}],
             "hooks": {"prestart": [{"path": "/h", "args": ["h"], "env": ["A=b"], "timeout": 1}]},
             "linux": {"namespaces": [{"type": "user"}, {"type": "network", "path": "/n"}, {"type": "uts"}, {"type": "mount"},
                 {"type": "time"}],
               "uidMappings": [{"size": 1}], "gidMappings": [{"size": 1}],
               "timeOffsets": {"monotonic": {"secs": 1, "nanosecs": 2}},
               "devices": [{"type": "c", "path": "/dev/x", "major": 1, "minor": 2, "fileMode": 3, "uid": 4, "gid": 5}],
               "cgroupsPath": "/c", "sysctl": {"net.a": "1"}, "maskedPaths": ["/m"], "readonlyPaths": ["/r"],
               "rootfsPropagation": "shared", "mountLabel": "l", "personality": {"domain": "LINUX"},
               "netDevices": {"eth0": {"name": "e"}}, "memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0"},
               "resources": {"devices": [{"allow": true, "type": "c", "major": 1, "minor": 2, "access": "rwm"}],
                 "memory": {"limit": 1, "swap": 2, "swappiness": 3, "disableOOMKiller": true},
                 "cpu": {"shares": 1, "quota": 2, "burst": 3, "cpus": "0", "idle": 1}, "pids": {"limit": 4},
                 "blockIO": {"weight": 5, "weightDevice": [{"major": 1, "minor": 2, "weight": 3}],
                   "throttleReadBpsDevice": [{"major": 1, "minor": 2, "rate": 3}]},
                 "hugepageLimits": [{"pageSize": "2MB", "limit": 1}],
                 "network": {"classID": 1, "priorities": [{"name": "a", "priority": 1}]},
                 "rdma": {"m": {"hcaHandles": 1}}, "unified": {"memory.high": "1"}},
               "seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
                 "flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/l",
                 "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1,
                   "args": [{"index": 0, "value": 1, "valueTwo": 2, "op": "SCMP_CMP_EQ"}]}]}}}""";

    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "\"\"",
            "\"x\"",
            "\"/x\"",
            "\"\\u0000\"",
            "\"0-99999\"",
            "0",
            "-1",
            "1.5",
            "4294967296",
            "18446744073709551616",
            "-9223372036854775809",
            "1e400",
            "[]",
            "[null]",
            "[1]",
            "[\"\"]",
            "{}",
            "{\"\": null}");

    @Test
    void whatIsWrongIsTold() {
        Random random = new Random(SEED);
        assertThat(isRefused((ObjectNode) JsonTree.read(WHOLE))).isFalse();
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            ObjectNode tree = (ObjectNode) JsonTree.read(WHOLE);
            for (int changes = random.nextInt(3) + 1; changes > 0; changes--) {
                change(tree, random);
            }
            refused += isRefused(tree) ? 1 : 0;
        }
        assertThat(refused).as("seed " + SEED).isBetween(ROUNDS / 3, ROUNDS - 1);
    }

    private static boolean isRefused(ObjectNode tree) {
        try {
            Validation.check(OciConfig.parse(tree));
            return false;
        } catch (BerthException e) {
            assertThat(e.getMessage()).as("seed " + SEED + ": " + tree).matches("(?s)[A-Za-z]+[^:]*: .+");
            return true;
        } catch (RuntimeException e) {
            throw new AssertionError("seed " + SEED + ": " + tree, e);
        }
    }

    /** Exchanges a value somewhere in a tree. */
    private static void change(JsonNode tree, Random random) {
        List<Map.Entry<JsonNode, Object>> places = new ArrayList<>();
        collect(tree, places);
        Map.Entry<JsonNode, Object> place = places.get(random.nextInt(places.size()));
        JsonNode value = JsonTree.read(VALUES.get(random.nextInt(VALUES.size())));
        if (place.getKey() instanceof ObjectNode object) {
            object.set((String) place.getValue(), value);
        } else if (place.getKey() instanceof ArrayNode array) {
            array.set((Integer) place.getValue(), value);
        }
    }

    private static void collect(JsonNode node, List<Map.Entry<JsonNode, Object>> places) {
        if (node instanceof ObjectNode object) {
            object.properties().forEach(entry -> {
                places.add(Map.entry(object, entry.getKey()));
                collect(entry.getValue(), places);
            });
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                places.add(Map.entry(array, i));
                collect(array.get(i), places);
            }
        }
    }

    @Test
    void mountOptionsAreKnownOrTheFileSystems() {
        Random random = new Random(SEED);
        List<String> names = MountOptions.names();
        for (int round = 0; round < ROUNDS; round++) {
            List<String> words = new ArrayList<>();
            int foreign = 0;
            for (int i = random.nextInt(6); i > 0; i--) {
                boolean known = random.nextInt(4) > 0;
                words.add(known ? names.get(random.nextInt(names.size())) : "key" + i + "=value");
                foreign += known ? 0 : 1;
            }
            MountOptions options = MountOptions.parse(words, false);
            assertThat(options.data()).as("seed " + SEED + ": " + words).hasSize(foreign);
            assertThat(options.set() & options.cleared())
                    .as("seed " + SEED + ": " + words)
                    .isZero();
        }
    }

    /** A tree of no member of the specification at all. */
    @Test
    void unknownMembersAreIgnored() {
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        tree.put("ociVersion", "1.2.1").put("nosuch", 1).putObject("linux").put("nosuch", "x");
        assertThat(OciConfig.parse(tree).linux()).isEqualTo(LinuxPart.EMPTY);
    }
}
