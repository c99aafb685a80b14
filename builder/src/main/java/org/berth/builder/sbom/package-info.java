/**
 * What an image is made of: packages found in its files ({@link org.berth.builder.sbom.Inventory}), told as SPDX or
 * CycloneDX; and where it comes from, as an in-toto statement. It must know nothing of registries.
 */
@NullMarked
package org.berth.builder.sbom;

import org.jspecify.annotations.NullMarked;
