/**
 * Layers between their two forms: a tar stream (OCI image-spec, layer.md) and a folder as overlayfs reads it. File
 * names are bytes to the kernel and in a tar: {@link org.berth.linux.path.FileNames} makes them text and back, and loses
 * none. Everything in a root is reached by descriptor. It must know nothing of the store.
 */
package org.berth.image.layer;
