/**
 * Signatures of images as cosign makes and checks them, with keys (simple signing over ECDSA P-256), and the policy that
 * says what may run. It must know nothing of registries and stores.
 */
@NullMarked
package org.berth.image.signature;

import org.jspecify.annotations.NullMarked;
