/**
 * One node: containers made of an image, a snapshot, networks, volumes and the runtime, with their
 * logs, processes, health and events. It must know nothing of projects or of other nodes.
 */
package org.berth.engine;
