/**
 * Layers between their two forms: a tar stream (OCI image-spec, layer.md) and a folder as overlayfs reads it. File
 * names are bytes to the kernel and in a tar: here a name is a {@code String} with one character a byte (ISO-8859-1), so
 * that none is lost. Everything in a root is reached by descriptor. It must know nothing of the store.
 */
package org.berth.image.layer;
