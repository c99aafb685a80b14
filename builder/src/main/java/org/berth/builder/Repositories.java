package org.berth.builder;

import java.nio.file.Path;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** Repositories that ADD names. */
final class Repositories {
    /**
     * A commit's files.
     *
     * @param key what else of the request its files depend on
     */
    record Checkout(Path folder, String commit, String key) {}

    Checkout get(Operation.Part.Repository repository) {
        throw new BerthException(
                ErrorCode.UNSUPPORTED,
                "ADD of the repository " + repository.reference().remote()
                        + " is not supported yet: fetch it by RUN git clone");
    }
}
