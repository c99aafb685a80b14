package org.berth.builder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.berth.base.BerthException;
import org.berth.builder.GraphRun.Made;
import org.berth.builder.GraphWork.Tools;
import org.berth.builder.LayerMaker.Manner;
import org.berth.builder.Operation.Part;
import org.berth.builder.context.CopyTarget;
import org.berth.builder.context.IgnoreRules;
import org.berth.builder.context.SourceTree;
import org.berth.linux.SystemCallException;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.TreeCopy;
import org.berth.linux.path.Users;

/** Steps that copy files. */
final class CopyWork {
    private static final int INLINE_MODE = 0644;

    private final BuildContext context;
    private final Tools tools;
    private final Optional<Instant> epoch;

    CopyWork(BuildContext context, Tools tools, Optional<Instant> epoch) {
        this.context = context;
        this.tools = tools;
        this.epoch = epoch;
    }

    /** One source on its way: what it is, and how it gets into a root. */
    private record Source(List<String> key, Consumer<InRoot> copy) {}

    BuildState make(Operation.Copy copy, BuildState state, List<Made> all, Manner manner) {
        try {
            List<Source> sources = new ArrayList<>();
            for (Part part : copy.parts()) {
                sources.add(source(copy, part, all));
            }
            CacheKey key = new CacheKey(copy.linked() ? state.forLink() : state)
                    .add(copy.linked() ? "link" : "copy 2")
                    .add(copy.target())
                    .add(copy.manner().owner().orElse(""))
                    .add(copy.manner().mode().orElse(""))
                    .add(copy.manner().parents() + " " + copy.manner().unpack())
                    .addAll(copy.manner().excludes())
                    .add(epoch.map(Instant::toString).orElse(""));
            sources.forEach(source -> key.addAll(source.key()));
            return context.layers().make(state, key.key(), copy.text(), manner, epoch, root -> {
                for (Source source : sources) {
                    source.copy().accept(root);
                }
            });
        } catch (SystemCallException e) {
            throw new BerthException(
                    org.berth.base.ErrorCode.FAILED, copy.place().say(copy.text() + ": " + e.getMessage()), e);
        } catch (BerthException e) {
            throw context.at(copy.place(), e);
        }
    }

    private Source source(Operation.Copy copy, Part part, List<Made> all) {
        return switch (part) {
            case Part.Context paths -> ofContext(copy, paths.sources());
            case Part.Node node -> ofNode(copy, node, all.get(node.node()));
            case Part.Inline inline ->
                new Source(List.of("inline", inline.name(), inline.content()), root -> inline(root, copy, inline));
            case Part.Remote remote -> {
                Downloads.Download download = tools.downloads().get(remote.address(), remote.checksum(), epoch);
                boolean unpack = copy.manner().unpack() && !isStandard(copy);
                yield new Source(
                        List.of("remote", download.name(), download.digest(), Boolean.toString(unpack)),
                        root -> download(root, copy, download, unpack));
            }
            case Part.Repository repository -> {
                Repositories.Resolved resolved = tools.repositories().resolve(repository, this::secret);
                List<String> key = new ArrayList<>(List.of("git"));
                key.addAll(resolved.key());
                yield new Source(key, root -> checkout(root, copy, resolved));
            }
        };
    }

    /** Whether archives are unpacked because ADD does, not because it was asked for: then those of addresses stay. */
    private static boolean isStandard(Operation.Copy copy) {
        return !copy.text().contains("--unpack");
    }

    private Source ofContext(Operation.Copy copy, List<String> sources) {
        SourceTree tree = context.tree().with(excludes(copy));
        List<CopyTarget.Chosen> chosen = chosen(tree, copy, sources);
        List<String> paths = chosen.stream().map(CopyTarget.Chosen::path).toList();
        String content = tree.digest(paths);
        List<String> key = new ArrayList<>(List.of("context", content));
        chosen.forEach(one -> key.add(one.toString()));
        return new Source(key, root -> {
            place(root, copy, tree, chosen, false);
            if (!tree.digest(paths).equals(content)) {
                // the layer must be what its key says, though the user's folder can change while we copy
                throw new BerthException(
                        org.berth.base.ErrorCode.CONFLICT, "files changed while they were copied; build again");
            }
        });
    }

    private Source ofNode(Operation.Copy copy, Part.Node part, Made made) {
        List<String> key = new ArrayList<>(List.of("layers", String.join(" ", made.layers())));
        key.addAll(part.sources());
        BuildState state = new BuildState(BuildState.scratch("").config(), made.layers(), made.history());
        return new Source(
                key,
                root -> context.layers().reading(state, from -> {
                    SourceTree tree = new SourceTree(from, IgnoreRules.NONE).with(excludes(copy));
                    place(root, copy, tree, chosen(tree, copy, part.sources()), true);
                    return true;
                }));
    }

    private void inline(InRoot root, Operation.Copy copy, Part.Inline inline) {
        TreeCopy.Owner owner = owner(root, copy).orElse(new TreeCopy.Owner(0, 0));
        CopyTarget target = new CopyTarget(root);
        String path = target.file(copy.target(), inline.name(), copy.parts().size() > 1, owner);
        int mode = mode(copy).map(one -> one.apply(INLINE_MODE, false)).orElse(INLINE_MODE);
        root.replace(path, inline.content().getBytes(StandardCharsets.UTF_8), mode, owner.uid(), owner.gid());
    }

    private void download(InRoot root, Operation.Copy copy, Downloads.Download download, boolean unpack) {
        TreeCopy.Owner owner = owner(root, copy).orElse(new TreeCopy.Owner(0, 0));
        if (unpack && Archives.isArchive(download.file())) {
            unpacked(root, copy, download.file());
            return;
        }
        CopyTarget target = new CopyTarget(root);
        String path = target.file(copy.target(), download.name(), copy.parts().size() > 1, owner);
        int mode = mode(copy).map(one -> one.apply(0600, false)).orElse(0600);
        target.put(download.file(), path, mode, owner, download.modified());
    }

    private void checkout(InRoot root, Operation.Copy copy, Repositories.Resolved resolved) {
        try (Repositories.Checkout checkout = tools.repositories().checkout(resolved);
                SourceTree files = SourceTree.open(checkout.files(), IgnoreRules.NONE)) {
            SourceTree tree = files.with(excludes(copy));
            List<CopyTarget.Chosen> chosen = tree
                    .resolve(resolved.source().reference().folder())
                    .stream()
                    .map(path -> new CopyTarget.Chosen(path, ""))
                    .toList();
            place(root, copy, tree, chosen, false);
        }
    }

    private Optional<String> secret(String id) {
        return Optional.ofNullable(context.request().options().secrets().get(id))
                .map(content -> new String(content, StandardCharsets.UTF_8));
    }

    private void place(
            InRoot root, Operation.Copy copy, SourceTree tree, List<CopyTarget.Chosen> chosen, boolean exact) {
        Optional<TreeCopy.Owner> owner = owner(root, copy);
        if (owner.isEmpty() && !exact) {
            owner = Optional.of(new TreeCopy.Owner(0, 0));
        }
        TreeCopy.Modes modes =
                mode(copy).<TreeCopy.Modes>map(mode -> mode::apply).orElse(TreeCopy.Modes.SAME);
        CopyTarget target = new CopyTarget(root);
        List<CopyTarget.Chosen> plain = new ArrayList<>();
        for (CopyTarget.Chosen one : chosen) {
            if (copy.manner().unpack() && Archives.isArchive(tree, one.path())) {
                Archives.unpack(
                        tree,
                        one.path(),
                        root,
                        copy.target(),
                        copy.manner().owner().flatMap(_ -> owner(root, copy)));
            } else {
                plain.add(one);
            }
        }
        boolean many = chosen.size() > 1 || copy.parts().size() > 1;
        target.copyChosen(tree, plain, copy.target(), many, new CopyTarget.Manner(owner, exact, modes));
    }

    private void unpacked(InRoot root, Operation.Copy copy, Path archive) {
        try {
            Archives.unpack(archive, root, copy.target(), copy.manner().owner().flatMap(_ -> owner(root, copy)));
        } catch (IOException e) {
            throw new UncheckedIOException("unpack " + archive.getFileName(), e);
        }
    }

    private static List<CopyTarget.Chosen> chosen(SourceTree tree, Operation.Copy copy, List<String> sources) {
        List<CopyTarget.Chosen> chosen = new ArrayList<>();
        for (String source : sources) {
            if (copy.manner().parents()) {
                chosen.addAll(tree.resolveParents(source));
            } else {
                tree.resolve(source).forEach(path -> chosen.add(new CopyTarget.Chosen(path, "")));
            }
        }
        return chosen;
    }

    private static IgnoreRules excludes(Operation.Copy copy) {
        return copy.manner().excludes().isEmpty()
                ? IgnoreRules.NONE
                : IgnoreRules.parse("--exclude", String.join("\n", copy.manner().excludes()));
    }

    private static Optional<FileMode> mode(Operation.Copy copy) {
        return copy.manner().mode().map(text -> FileMode.parse(text, copy.place()));
    }

    /** As Docker has it, a user alone gives its number to the group. */
    private static Optional<TreeCopy.Owner> owner(InRoot root, Operation.Copy copy) {
        return copy.manner().owner().map(text -> {
            Users.Identity identity = Users.of(root).resolve(text);
            return new TreeCopy.Owner(identity.uid(), text.contains(":") ? identity.gid() : identity.uid());
        });
    }
}
