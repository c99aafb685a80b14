/**
 * Images as one stream: what {@code docker save} writes, with the OCI image layout in it, and what {@code docker load}, skopeo
 * and podman exchange. It must know nothing of HTTP or the terminal.
 */
package org.berth.image.archive;
