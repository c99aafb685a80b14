package org.berth.runtime.seccomp;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.berth.base.Json;
import org.berth.linux.seccomp.Architecture;
import org.berth.linux.seccomp.CallListener.Notice;
import org.berth.linux.seccomp.SystemCallTable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a program was seen to call, as a profile in docker's format that allows this and nothing else. Where the
 * standard filter looks at arguments, so does this one. Safe for concurrent use.
 */
public final class LearnedProfile {
    private static final int X86_64 = 0xc000003e;
    private static final int NEW_NAMESPACES = 0x7e020000;
    private static final int AF_ALG = 38;
    private static final int AF_VSOCK = 40;

    /** Whoever starts a container executes its program and, when that fails, ends: under the filter already. */
    private static final List<String> ALWAYS = List.of("execve", "exit", "exit_group", "rt_sigreturn", "write");

    private final Set<String> calls = new ConcurrentSkipListSet<>(ALWAYS);
    private final Set<Long> personalities = new ConcurrentSkipListSet<>();

    /** Takes a call into account. */
    public void add(Notice notice) {
        if (notice.architecture() != X86_64) {
            return; // the standard filter lets no other call through
        }
        String name = SystemCallTable.get()
                .name(Architecture.X86_64, notice.number())
                .orElse(Integer.toString(notice.number()));
        calls.add(name);
        if (name.equals("personality")) {
            personalities.add(notice.arguments().getFirst() & 0xffffffffL);
        }
    }

    /** The profile's text. */
    public String text() {
        ObjectNode profile = Json.MAPPER.createObjectNode();
        profile.put("defaultAction", "SCMP_ACT_ERRNO").put("defaultErrnoRet", 1);
        profile.putArray("architectures").add(Architecture.X86_64.ociName());
        ArrayNode rules = profile.putArray("syscalls");
        Set<String> plain = new TreeSet<>(calls);
        ArrayNode names = rule(rules).putArray("names");
        if (plain.remove("clone")) {
            condition(rules, "clone", "SCMP_CMP_MASKED_EQ", NEW_NAMESPACES);
        }
        if (plain.remove("socket")) {
            condition(rules, "socket", "SCMP_CMP_LT", AF_ALG);
            condition(rules, "socket", "SCMP_CMP_EQ", AF_ALG + 1L);
            condition(rules, "socket", "SCMP_CMP_GT", AF_VSOCK);
        }
        if (plain.remove("personality")) {
            personalities.forEach(value -> condition(rules, "personality", "SCMP_CMP_EQ", value));
        }
        plain.forEach(names::add);
        return Json.pretty().writeValueAsString(profile) + "\n";
    }

    private static ObjectNode rule(ArrayNode rules) {
        return rules.addObject().put("action", "SCMP_ACT_ALLOW");
    }

    private static void condition(ArrayNode rules, String name, String comparison, long value) {
        ObjectNode rule = rule(rules);
        rule.putArray("names").add(name);
        rule.putArray("args").addObject().put("index", 0).put("value", value).put("op", comparison);
    }
}
