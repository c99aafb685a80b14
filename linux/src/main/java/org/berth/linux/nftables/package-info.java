/**
 * The kernel's packet filter by libnftables, in this process: rules as text in, rules as JSON out.
 * It must know nothing of what the rules are for.
 */
package org.berth.linux.nftables;
