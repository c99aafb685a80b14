/**
 * The small languages inside a Compose file: variables, {@code .env}, shell words, durations, sizes,
 * and the nearest spelling of a word. It must know nothing of YAML or of services.
 */
@NullMarked
package org.berth.compose.text;

import org.jspecify.annotations.NullMarked;
