/** Tests of desired state, most of them under a virtual clock. */
@NullMarked
package org.berth.control;

import org.jspecify.annotations.NullMarked;
