/**
 * Compose files (compose-spec) to a validated project model: {@link org.berth.compose.ComposeFiles}
 * reads, {@link org.berth.compose.Project} is the result. It must know nothing of the engine, of the
 * daemon or of what is running.
 */
@NullMarked
package org.berth.compose;

import org.jspecify.annotations.NullMarked;
