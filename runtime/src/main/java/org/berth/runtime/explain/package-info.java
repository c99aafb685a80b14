/**
 * What isolates a container, in words, read from the kernel's own files of its first process and its
 * control groups. Each class turns one file's text into lines; it must not start or change anything.
 */
package org.berth.runtime.explain;
