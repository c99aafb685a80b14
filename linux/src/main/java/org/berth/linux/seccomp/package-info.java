/**
 * Filters of system calls: rules (which calls a process may make, a plain value), the tables of decisions they come to,
 * and their compiler to the kernel's filter language (seccomp(2), classic BPF). The standard filter is data: the
 * resource {@code standard}; names and numbers of calls are the resource {@code calls}. It must know nothing of
 * containers; whoever starts a process loads the filter.
 */
package org.berth.linux.seccomp;
