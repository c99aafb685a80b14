package org.berth.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.berth.base.Json;
import org.berth.linux.nftables.LegacyFilter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Firewalls of others that would drop our packets. Each base chain of a hook must let a packet pass:
 * an accept of ours does not override another's drop (nft(8)). So it is looked for, and named with
 * what to do. Pure; reads what libnftables lists (libnftables-json(5)).
 */
final class ForeignFirewalls {
    private static final Set<String> FAMILIES = Set.of("ip", "inet");
    private static final Set<String> VERDICTS = Set.of("drop", "reject");
    private static final String OURS = "berth_";

    private ForeignFirewalls() {}

    /** A chain that meets packets at a hook. */
    private record Chain(String family, String table, String name, String hook, String policy) {
        String key() {
            return family + " " + table + " " + name;
        }

        String tableKey() {
            return family + " " + table;
        }
    }

    /**
     * One line for each chain that would drop.
     *
     * @param ruleset the output of {@code list ruleset} as JSON
     * @param bridgePrefix what our bridges' names begin with; a table that speaks of them was taught to let us pass
     */
    static List<String> warnings(String ruleset, String bridgePrefix) {
        List<Chain> chains = new ArrayList<>();
        Map<String, JsonNode> lastRules = new HashMap<>();
        Set<String> allChains = new HashSet<>();
        Set<String> taught = new HashSet<>();
        for (JsonNode item : Json.MAPPER.readTree(ruleset).path("nftables")) {
            JsonNode chain = item.path("chain");
            JsonNode rule = item.path("rule");
            if (chain.isObject()) {
                allChains.add(text(chain, "table") + " " + text(chain, "name"));
                chains.add(new Chain(
                        text(chain, "family"),
                        text(chain, "table"),
                        text(chain, "name"),
                        text(chain, "hook"),
                        text(chain, "policy")));
            } else if (rule.isObject()) {
                String table = text(rule, "family") + " " + text(rule, "table");
                lastRules.put(table + " " + text(rule, "chain"), rule.path("expr"));
                if (rule.path("expr").toString().contains("\"" + bridgePrefix)) {
                    taught.add(table);
                }
            }
        }
        return chains.stream()
                .filter(chain -> FAMILIES.contains(chain.family())
                        && !chain.table().startsWith(OURS)
                        && Set.of("forward", "input").contains(chain.hook())
                        && !taught.contains(chain.tableKey())
                        && (chain.policy().equals("drop")
                                || dropsAll(lastRules.getOrDefault(chain.key(), MissingNode.getInstance()))))
                .map(chain -> words(chain, bridgePrefix, allChains))
                .toList();
    }

    /** The same for the packet filter before nftables. */
    static List<String> warnings(LegacyFilter filter, String bridgePrefix) {
        List<String> warnings = new ArrayList<>();
        if (!filter.rules().contains(bridgePrefix)) {
            if (filter.forwardDrops()) {
                warnings.add(words(legacy("FORWARD", "forward"), bridgePrefix, Set.of())
                        .replace("iptables -I", "iptables-legacy -I"));
            }
            if (filter.inputDrops()) {
                warnings.add(words(legacy("INPUT", "input"), bridgePrefix, Set.of())
                        .replace("iptables -I", "iptables-legacy -I"));
            }
        }
        return warnings;
    }

    private static Chain legacy(String name, String hook) {
        return new Chain("iptables-legacy", "filter", name, hook, "drop");
    }

    /** Whether a rule drops whatever reaches it: a verdict and nothing that it depends on. */
    private static boolean dropsAll(JsonNode expressions) {
        boolean drops = false;
        for (JsonNode expression : expressions) {
            boolean verdict = VERDICTS.stream().anyMatch(expression::has);
            if (!verdict && !expression.has("counter") && !expression.has("log") && !expression.has("limit")) {
                return false;
            }
            drops |= verdict;
        }
        return drops;
    }

    private static String words(Chain chain, String prefix, Set<String> allChains) {
        String what = chain.hook().equals("forward")
                ? "packets of containers to other hosts, and of other hosts to published ports"
                : "questions of containers to the DNS of their network";
        return "the firewall chain " + chain.key() + " drops " + what + "; to let them pass: "
                + remedy(chain, prefix, allChains);
    }

    private static String remedy(Chain chain, String prefix, Set<String> allChains) {
        String table = chain.table() + " ";
        boolean forward = chain.hook().equals("forward");
        if (forward && allChains.contains(table + "DOCKER-USER")) {
            return "iptables -I DOCKER-USER -i '" + prefix + "+' -j ACCEPT; iptables -I DOCKER-USER -o '" + prefix
                    + "+' -j ACCEPT";
        }
        if (allChains.contains(table + "ufw-before-forward") || chain.name().matches("[A-Z]+")) {
            return forward
                    ? "iptables -I FORWARD -i '" + prefix + "+' -j ACCEPT; iptables -I FORWARD -o '" + prefix
                            + "+' -j ACCEPT"
                    : "iptables -I INPUT -i '" + prefix + "+' -j ACCEPT";
        }
        String insert = "nft insert rule " + chain.key() + " ";
        return forward
                ? insert + "iifname '\"" + prefix + "*\"' accept; " + insert + "oifname '\"" + prefix + "*\"' accept"
                : insert + "iifname '\"" + prefix + "*\"' accept";
    }

    private static String text(JsonNode node, String name) {
        return node.path(name).asString("");
    }
}
