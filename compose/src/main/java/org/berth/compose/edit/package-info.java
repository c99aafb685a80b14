/**
 * Additions to a YAML text that leave every other character as it was: comments, order, spacing and
 * quotes stay. It must know nothing of Compose.
 */
@NullMarked
package org.berth.compose.edit;

import org.jspecify.annotations.NullMarked;
