/** The client's side of the OCI distribution-spec. It must know nothing of how the store keeps what it fetches. */
package org.berth.image.registry;
