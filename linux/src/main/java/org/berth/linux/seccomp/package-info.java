/**
 * Filters of system calls: a profile (which calls a process may make, a plain value) and its
 * compiler to the kernel's filter language (seccomp(2), classic BPF). It must know nothing of
 * containers; whoever starts a process loads the filter.
 */
package org.berth.linux.seccomp;
