/**
 * Control groups: where they are mounted (v1, hybrid, v2; cgroups(7)), what is written for a limit
 * (a pure plan), and one group of processes in every hierarchy: limits, usage, freeze, kill, removal.
 * It must know nothing of what the processes are.
 */
package org.berth.linux.cgroup;
