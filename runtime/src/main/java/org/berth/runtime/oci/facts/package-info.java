/**
 * What a bundle's plan must know of the host before it is made: which sources are files, what a tmpfs
 * covers, whose home it is. It reads and changes nothing.
 */
package org.berth.runtime.oci.facts;
