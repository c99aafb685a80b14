/**
 * Dockerfiles: from text to instructions, with the file and line of each, and the words and variables
 * in them. Pure. It must know nothing of how an instruction is carried out.
 */
package org.berth.builder.dockerfile;
