/**
 * The {@code berth} command: reads Compose files, speaks with the daemon over its socket, and shows
 * what happens. It must know nothing of the engine; what it knows of the daemon is docs/api.md.
 */
package org.berth.cli;
