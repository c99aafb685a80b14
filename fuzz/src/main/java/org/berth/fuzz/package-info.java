/**
 * Runs the targets: the fuzzer's processes, one after the other. A target is a class with a static
 * {@code fuzzerTestOneInput(byte[])} that lies in the package whose parser it feeds. It knows nothing of
 * any parser, and the product nothing of it.
 */
@org.jspecify.annotations.NullMarked
package org.berth.fuzz;
