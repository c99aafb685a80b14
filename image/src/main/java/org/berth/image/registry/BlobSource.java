package org.berth.image.registry;

import java.io.IOException;
import java.io.InputStream;

/** A blob's content, which may be read more than once. */
@FunctionalInterface
public interface BlobSource {
    /** The content from this offset on; the caller closes it. */
    InputStream open(long offset) throws IOException;
}
