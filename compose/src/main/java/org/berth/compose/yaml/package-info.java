/**
 * YAML as a tree that remembers where everything stands, with merge keys applied. It must know
 * nothing of Compose.
 */
@NullMarked
package org.berth.compose.yaml;

import org.jspecify.annotations.NullMarked;
