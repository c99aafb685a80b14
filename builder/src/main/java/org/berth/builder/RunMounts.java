package org.berth.builder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.builder.GraphRun.Made;
import org.berth.builder.GraphWork.Tools;
import org.berth.builder.context.CopyTarget;
import org.berth.builder.context.IgnoreRules;
import org.berth.builder.context.SourceTree;
import org.berth.builder.dockerfile.RunMount;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.linux.path.FileType;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;

/** What a step sees besides the image, made ready on the host; all of it goes when the step is done, but for the caches. */
final class RunMounts implements AutoCloseable {
    private static final int SCRIPT_MODE = 0755;
    private static final String FILE = "file";

    private final Operation.Run run;
    private final BuildContext context;
    private final Tools tools;
    private final List<Made> all;
    private final Path staging;
    private final Path memory;
    private final List<Mount> mounts = new ArrayList<>();
    private final Map<String, String> variables = new TreeMap<>();
    private final List<AutoCloseable> held = new ArrayList<>();
    private int count;

    private RunMounts(Operation.Run run, BuildContext context, Tools tools, List<Made> all) {
        this.run = run;
        this.context = context;
        this.tools = tools;
        this.all = all;
        String key = LayerMaker.snapshotKey();
        this.staging = tools.caches().folder().resolveSibling("steps").resolve(key);
        this.memory = tools.memory().resolve(key);
    }

    static RunMounts prepare(Operation.Run run, BuildContext context, Tools tools, List<Made> all) {
        RunMounts mounts = new RunMounts(run, context, tools, all);
        try {
            run.mounts().forEach(mounts::add);
            run.script().ifPresent(script -> {
                Path file = mounts.file(mounts.memory, script.text().getBytes(StandardCharsets.UTF_8));
                mounts.own(file, new RunMount.Access(0, 0, SCRIPT_MODE));
                mounts.mounts.add(new Mount.Bind(file, StagePlanner.SCRIPT_FOLDER + script.name(), true));
            });
            return mounts;
        } catch (RuntimeException e) {
            mounts.close();
            throw e;
        }
    }

    List<Mount> mounts() {
        return List.copyOf(mounts);
    }

    /** Variables that the step has and that nothing keeps. */
    Map<String, String> variables() {
        return Map.copyOf(variables);
    }

    @Override
    public void close() {
        Uninterrupted.run(() -> {
            for (AutoCloseable one : held.reversed()) {
                try {
                    one.close();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
            Trees.remove(staging);
            Trees.remove(memory);
        });
    }

    private void add(RunMount mount) {
        switch (mount) {
            case RunMount.Bind bind -> {
                Path copy = copied(bind.from(), bind.source());
                mounts.add(new Mount.Bind(copy, bind.target(), bind.readOnly()));
            }
            case RunMount.Cache cache -> {
                Optional<Path> beginning = cache.from().map(_ -> copied(cache.from(), cache.source()));
                CacheFolders.Lease lease = tools.caches().take(cache, beginning);
                held.add(lease);
                mounts.add(new Mount.Bind(lease.path(), cache.target(), cache.readOnly()));
            }
            case RunMount.Memory tmpfs ->
                mounts.add(new Mount.Memory(tmpfs.target(), tmpfs.bytesMax() == 0 ? "" : "size=" + tmpfs.bytesMax()));
            case RunMount.Secret secret -> secret(secret);
            case RunMount.Agent agent -> agent(agent);
        }
    }

    private void secret(RunMount.Secret secret) {
        Optional<byte[]> given = Optional.ofNullable(
                        context.request().options().secrets().get(secret.id()))
                .or(() -> Optional.ofNullable(context.host().secrets().get(secret.id()))
                        .map(text -> text.getBytes(StandardCharsets.UTF_8)));
        if (given.isEmpty() && secret.required()) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "secret " + secret.id() + " was not given; expected --secret id=" + secret.id() + ",src=FILE");
        }
        if (given.isEmpty()) {
            return;
        }
        byte[] content = given.get();
        secret.variable().ifPresent(name -> variables.put(name, new String(content, StandardCharsets.UTF_8)));
        if (!secret.target().isEmpty()) {
            Path file = file(memory, content);
            own(file, secret.access());
            mounts.add(new Mount.Bind(file, secret.target(), true));
        }
    }

    private void agent(RunMount.Agent agent) {
        Path socket = context.request().options().agents().get(agent.id());
        if (socket == null && agent.required()) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "no agent " + agent.id() + " was given; expected --ssh " + agent.id() + "=SOCKET");
        }
        if (socket == null) {
            return;
        }
        Path folder = fresh(memory);
        held.add(AgentSocket.open(socket, folder, FILE));
        own(folder.resolve(FILE), agent.access());
        mounts.add(new Mount.Bind(folder.resolve(FILE), agent.target(), false));
        variables.putIfAbsent("SSH_AUTH_SOCK", agent.target());
    }

    /** A copy of files of the build's folder or of a node, as far as the ignore rules allow; what the step does to it is lost. */
    private Path copied(Optional<String> from, String source) {
        if (from.isEmpty()) {
            return copy(context.tree(), source);
        }
        Made node = all.get(run.sources().getOrDefault(from.get(), 0));
        BuildState state = new BuildState(BuildState.scratch("").config(), node.layers(), node.history());
        return context.layers().reading(state, root -> copy(new SourceTree(root, IgnoreRules.NONE), source));
    }

    private Path copy(SourceTree tree, String source) {
        Path folder = fresh(staging);
        List<String> paths = tree.resolve(source);
        try (InRoot root = InRoot.open(folder)) {
            String name = "copy";
            boolean isFolder = tree.status(paths.getFirst()).isFolder();
            new CopyTarget(root).copy(tree, paths, "/" + name + (isFolder ? "/" : ""), Optional.empty(), true);
            return folder.resolve(name);
        }
    }

    private Path file(Path parent, byte[] content) {
        Path folder = fresh(parent);
        Path file = folder.resolve(FILE);
        try (InRoot root = InRoot.open(folder)) {
            root.replace("/" + FILE, content, 0400, 0, 0);
        }
        return file;
    }

    private void own(Path file, RunMount.Access access) {
        try (InRoot root = InRoot.open(Objects.requireNonNull(file.getParent()))) {
            root.chown("/" + FILE, access.uid(), access.gid(), LastLink.KEEP);
            root.chmod("/" + FILE, access.mode());
        }
    }

    private Path fresh(Path parent) {
        Path folder = parent.resolve(Integer.toString(count++));
        try {
            Files.createDirectories(folder);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException("make " + folder, e);
        }
    }

    /**
     * Removes what was made in a root for mounts to be on, and nothing else: empty files and folders that were not there
     * before. By descriptor in that root, no link followed: a step that put a link in a stub's place must not have
     * something of the host removed (CVE-2024-23652).
     *
     * @param missing paths that were not there before, each after those above it
     */
    static void removeStubs(InRoot upper, List<String> missing) {
        for (String path : missing.reversed()) {
            String parent = path.substring(0, path.lastIndexOf('/') + 1);
            String name = path.substring(parent.length());
            if (upper.find(parent, LastLink.KEEP)
                    .filter(status -> status.isFolder())
                    .isEmpty()) {
                continue;
            }
            try (Folder folder = upper.folder(parent)) {
                folder.find(name).ifPresent(status -> {
                    if (status.type() == FileType.FOLDER && upper.list(path).isEmpty()) {
                        folder.removeFolder(name);
                    } else if (status.isRegular() && status.sizeBytes() == 0) {
                        folder.unlink(name);
                    }
                });
            }
        }
    }

    /** Of paths and the folders above them, those that a root does not have. */
    static List<String> missing(InRoot root, List<String> targets) {
        List<String> missing = new ArrayList<>();
        for (String target : targets) {
            for (int end = target.indexOf('/', 1); end != 0; end = end < 0 ? 0 : target.indexOf('/', end + 1)) {
                String path = end < 0 ? target : target.substring(0, end);
                if (!missing.contains(path) && root.find(path, LastLink.KEEP).isEmpty()) {
                    missing.add(path);
                }
            }
        }
        missing.sort(java.util.Comparator.comparingInt(String::length));
        return missing;
    }
}
