/**
 * The embedded registry: the store over HTTP by the OCI distribution-spec 1.1. It must know nothing of containers, nor of the
 * daemon's own APIs.
 */
package org.berth.server.registry;
