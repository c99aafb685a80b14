package org.berth.builder;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.berth.builder.Operation.Part;
import org.berth.builder.dockerfile.HereDocument;
import org.berth.builder.dockerfile.Instruction;

/** What the sources of COPY and ADD are: paths, addresses, repositories, files in the Dockerfile. */
final class CopyPlanner {
    private final Instruction.Copy copy;
    private final UnaryOperator<String> expand;
    private final Content content;

    /** Replaces the variables of a file in the Dockerfile. */
    @FunctionalInterface
    interface Content {
        String expand(Instruction instruction, String text);
    }

    CopyPlanner(Instruction.Copy copy, UnaryOperator<String> expand, Content content) {
        this.copy = copy;
        this.expand = expand;
        this.content = content;
    }

    /** @param from the node that paths are of; empty: the build's folder */
    List<Part> parts(Optional<Integer> from) {
        List<Part> parts = new ArrayList<>();
        List<String> paths = new ArrayList<>();
        Optional<String> checksum = copy.flags().checksum().map(expand).filter(text -> !text.isEmpty());
        for (String word : copy.sources()) {
            String source = expand.apply(word);
            Optional<Part> remote = remote(source, checksum);
            if (remote.isPresent() && !copy.add()) {
                throw copy.place().invalid("COPY " + source + ": the source can't be an address; expected ADD");
            }
            if (remote.isPresent()) {
                parts.add(remote.get());
            } else {
                paths.add(source);
            }
        }
        checkChecksum(checksum, parts);
        if (!paths.isEmpty()) {
            parts.addFirst(from.<Part>map(node -> new Part.Node(node, List.copyOf(paths)))
                    .orElseGet(() -> new Part.Context(List.copyOf(paths))));
        }
        for (HereDocument file : copy.files()) {
            String text = file.expand() ? content.expand(copy, file.text()) : file.text();
            parts.add(new Part.Inline(file.name(), text));
        }
        return parts;
    }

    private void checkChecksum(Optional<String> checksum, List<Part> remotes) {
        if (checksum.isPresent() && (copy.sources().size() != 1 || remotes.isEmpty())) {
            throw copy.place().invalid("--checksum=" + checksum.get() + ": expected one source, of http, https or git");
        }
    }

    private Optional<Part> remote(String source, Optional<String> checksum) {
        Optional<GitReference> repository = GitReference.of(source);
        if (repository.isPresent()) {
            return Optional.of(new Part.Repository(
                    repository.get(),
                    copy.flags().keepGitFolder().orElse(false),
                    checksum.or(() -> repository.get().checksum())));
        }
        String lower = source.toLowerCase(Locale.ROOT);
        boolean web = lower.startsWith("http://") || lower.startsWith("https://");
        return web ? Optional.of(new Part.Remote(source, checksum)) : Optional.empty();
    }
}
