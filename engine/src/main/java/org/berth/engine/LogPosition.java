package org.berth.engine;

import java.nio.file.Path;

/**
 * A place in a log.
 *
 * @param offset of a frame in the file
 * @param skip bytes of that frame that come before the place
 */
record LogPosition(Path file, long offset, int skip) {}
