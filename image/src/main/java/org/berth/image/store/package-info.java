/**
 * What an instance keeps of images on disk: blobs by digest, the index of images, unpacked layers and snapshots. Every
 * write is a draft renamed into place. It must know nothing of registries.
 */
package org.berth.image.store;
