/**
 * The Docker Engine API on the engine: routes, and pure mappings between its JSON and the engine's
 * records. What can't be honoured is refused by name. It must know nothing of projects.
 */
package org.berth.server.docker;
