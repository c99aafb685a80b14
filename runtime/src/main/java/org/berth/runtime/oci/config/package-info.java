/**
 * config.json of an OCI bundle (runtime-spec 1.2.1, with 1.3's parts) as immutable records, read and
 * checked. It must not know how any of it is done: it touches no kernel and no file but the text it
 * is given.
 */
package org.berth.runtime.oci.config;
