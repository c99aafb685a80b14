/**
 * Runs kernel tests in a virtual machine: Debian's own kernel, control groups v2 alone, this machine's files
 * below an overlay. It shows what the machine at hand can't. Knows nothing of what the tests test.
 */
@org.jspecify.annotations.NullMarked
package org.berth.vm;
