/**
 * What the embedded registry serves: repositories with manifests, tags and blobs (OCI distribution-spec 1.1), kept beside the
 * images in one content store. It must know nothing of HTTP.
 */
package org.berth.image.catalog;
