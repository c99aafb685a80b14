/**
 * The life of a container as runtime-spec tells it (runtime.md): created, started, killed, deleted, by
 * processes that know nothing of each other but a state folder. It must know nothing of command lines.
 */
package org.berth.runtime.oci.lifecycle;
