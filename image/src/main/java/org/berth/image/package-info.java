/**
 * Images: references, the content store, layers, overlay snapshots, the registry client and the
 * bootstrap of a Debian root. It must know nothing of running anything: whoever needs a program run
 * in a root hands in a {@link org.berth.image.RootRunner}.
 */
package org.berth.image;
