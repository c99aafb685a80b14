/**
 * Launch programs: a process's birth as an ordered list of labelled system calls, a plain value that
 * is printed, compared and encoded as a tiny static executable (ELF64, x86-64), and the way to run
 * one. It must know nothing of containers: what the calls achieve is the planner's business.
 */
package org.berth.linux.launch;
