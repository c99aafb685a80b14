/**
 * Desired state: {@link org.berth.control.Store} keeps what was asked for, the reconciler (a pure
 * function) tells what to do next, {@link org.berth.control.Controller} does it on a {@link
 * org.berth.control.Node}. It must know nothing of HTTP, of the kernel, of images' content or of how a
 * node runs a container.
 */
@NullMarked
package org.berth.control;

import org.jspecify.annotations.NullMarked;
