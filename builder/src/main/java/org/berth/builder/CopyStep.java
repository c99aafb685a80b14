package org.berth.builder;

import java.util.List;
import java.util.Optional;
import org.berth.builder.context.SourceTree;

/**
 * Files to copy into the image that is being built.
 *
 * @param where for errors
 * @param text what is done, for people and for the image's history
 * @param tree where they come from
 * @param content a digest of what is copied, or of all it may come from
 * @param paths what the sources stand for
 * @param target absolute
 * @param owner "name", "uid:gid"; empty: 0:0, or as it is when {@code exact}
 * @param exact whether owners and attributes come along: from another stage, not from the user's folder
 */
record CopyStep(
        String where,
        String text,
        SourceTree tree,
        String content,
        List<String> paths,
        String target,
        Optional<String> owner,
        boolean exact) {
    CopyStep {
        paths = List.copyOf(paths);
    }
}
