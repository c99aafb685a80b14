/**
 * The node that control reaches: its tasks, networks, volumes and endpoints on this machine's engine.
 * It must know nothing of HTTP or of what is desired.
 */
package org.berth.server.node;
