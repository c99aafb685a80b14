/**
 * The command line of runc(8), for tools that drive an OCI runtime: {@code berth oci}. It reads words and
 * prints; what happens to containers is the business of {@code oci.lifecycle}. Every class counts here:
 * each command is a process of its own, whose start-up is most of its cost.
 */
package org.berth.runtime.oci.command;
