package org.berth.builder.source;

import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.builder.context.SourceTree;
import org.berth.linux.SystemCallException;

/** A folder of the host: what .dockerignore leaves out is not matched by patterns, but read by name. */
public final class TreeFolder implements SourceFolder {
    private static final int TEXT_BYTES_MAX = 8 * 1024 * 1024;

    private final SourceTree tree;

    public TreeFolder(SourceTree tree) {
        this.tree = tree;
    }

    @Override
    public Optional<String> text(String path) {
        try {
            return tree.text(path, TEXT_BYTES_MAX);
        } catch (SystemCallException e) {
            return Optional.empty(); // a folder, or a socket: no text
        }
    }

    @Override
    public List<String> matching(String pattern) {
        try {
            return tree.resolve(pattern);
        } catch (BerthException e) {
            if (e.code() == ErrorCode.INVALID) {
                return List.of();
            }
            throw e;
        }
    }
}
