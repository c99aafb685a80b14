/**
 * The documents of the OCI image-spec (and Docker's equal ones) as values. It must know nothing of files or servers.
 */
package org.berth.image.oci;
