/**
 * What is attached to an image, and travels with it: bills of material, provenance, signatures. They refer to the
 * image's manifest by its digest (OCI image-spec, "subject"; cosign's tag for signatures).
 */
@NullMarked
package org.berth.image.attached;

import org.jspecify.annotations.NullMarked;
