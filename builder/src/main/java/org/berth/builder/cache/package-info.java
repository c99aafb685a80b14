/**
 * What builds keep of their steps outside of this machine, in a registry or a folder, so that another machine does not do
 * them again. It must know nothing of Dockerfiles.
 */
package org.berth.builder.cache;
