/**
 * The kernel from Java: system calls, descriptors and errors. Its sub-packages hold one subject
 * each (launch programs, in-root paths, cgroups, seccomp, netlink, nftables). It must know nothing
 * of containers.
 */
package org.berth.linux;
