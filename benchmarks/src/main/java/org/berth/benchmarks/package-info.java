/**
 * What {@code ./berth bench} measures: whole operations beside other engines on the same machine in
 * the same run, as ratios. It speaks to engines over their sockets, like any client.
 */
package org.berth.benchmarks;
