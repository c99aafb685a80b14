/**
 * The Berth API (docs/api.md): projects, builds, explanations, the daemon itself. It must know
 * nothing of how a task becomes a container.
 */
package org.berth.server.projects;
