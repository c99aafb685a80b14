package org.berth.builder.git;

import java.net.ProxySelector;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * Where a repository is, and how it is asked.
 *
 * @param address "https://host/path.git"
 * @param headers to send along, such as who asks
 * @param proxies on the way there
 */
public record GitRemote(String address, Map<String, String> headers, Supplier<ProxySelector> proxies) {
    private static final Set<String> SCHEMES = Set.of("https", "http", "git");

    public GitRemote {
        headers = Map.copyOf(headers);
        String scheme = address.contains("://")
                ? address.substring(0, address.indexOf("://")).toLowerCase(Locale.ROOT)
                : "";
        if (!SCHEMES.contains(scheme)) {
            boolean shell = scheme.equals("ssh") || (scheme.isEmpty() && address.contains(":"));
            throw new BerthException(
                    ErrorCode.UNSUPPORTED,
                    "repository " + address + ": "
                            + (shell
                                    ? "ssh is not spoken here; use its https address, or RUN --mount=type=ssh git clone"
                                    : "expected an address of https, http or git"));
        }
    }

    /** Its host, with a port where that is not the usual one. */
    public String host() {
        String rest = address.substring(address.indexOf("://") + 3);
        int end = rest.indexOf('/');
        String authority = end < 0 ? rest : rest.substring(0, end);
        return authority.substring(authority.lastIndexOf('@') + 1);
    }

    /** The address without a password that is in it, for people. */
    public String name() {
        return address.replaceFirst("://[^/@]*@", "://");
    }

    /**
     * Another repository, whose address this one's files tell: of the same kinds, relative ones too. Who asks is told to the
     * same host only.
     */
    GitRemote other(String told) {
        String resolved = told.startsWith("./") || told.startsWith("../") ? relative(told) : told;
        GitRemote other = new GitRemote(resolved, Map.of(), proxies);
        boolean same = other.origin().equals(origin());
        return same ? new GitRemote(resolved, headers, proxies) : other;
    }

    private String origin() {
        return address.substring(0, address.indexOf("://")) + "://" + host();
    }

    private String relative(String told) {
        String base = address.replaceFirst("/+$", "");
        String rest = told;
        while (rest.startsWith("../") || rest.startsWith("./")) {
            if (rest.startsWith("../")) {
                int slash = base.lastIndexOf('/');
                base = slash > address.indexOf("://") + 2 ? base.substring(0, slash) : base;
            }
            rest = rest.substring(rest.indexOf('/') + 1);
        }
        return base + "/" + rest;
    }
}
