package org.berth.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.image.Image;
import org.berth.linux.user.UserRange;

/** Makes a container's record of a request and its image. */
final class Creator {
    private static final int HOSTNAME_LENGTH_MAX = 64;

    private final Node node;
    private final Registry registry;
    private final Path folder;

    /** @param folder that of all containers */
    Creator(Node node, Registry registry, Path folder) {
        this.node = node;
        this.registry = registry;
        this.folder = folder;
    }

    LiveContainer create(ContainerRequest request) {
        Image image = node.images()
                .find(request.image())
                .orElseThrow(
                        () -> new BerthException(ErrorCode.NOT_FOUND, "No such image: " + withTag(request.image())));
        RunPolicy.check(node, image);
        String id = ContainerNames.newId(node.random());
        String name = request.name()
                .filter(wanted -> !wanted.isEmpty())
                .map(ContainerNames::check)
                .orElseGet(() -> ContainerNames.generate(node.random(), registry::isTaken));
        registry.reserve(name, id);
        Optional<UserRange> users = Optional.empty();
        try {
            ContainerRecord record = record(id, name, request, image);
            users = node.users().take(request);
            LiveContainer container = new LiveContainer(folder.resolve(id), record.withUsers(users), node.records());
            container.store(container.record());
            registry.add(container);
            return container;
        } catch (RuntimeException e) {
            registry.releaseName(name, id);
            users.ifPresent(range -> node.users().release(request));
            throw e;
        }
    }

    private ContainerRecord record(String id, String name, ContainerRequest request, Image image) {
        check(request);
        request.runtime().ifPresent(node.runtime()::named);
        Set<String> anonymous = new HashSet<>();
        List<Mount> mounts = mounts(request, image, anonymous);
        ContainerRequest resolved = Requests.withMounts(Requests.withName(request, name), mounts);
        String hostname = request.hostname().filter(text -> !text.isEmpty()).orElse(id.substring(0, 12));
        ProcessPlan plan = ProcessPlan.of(request, image.config(), hostname);
        mounts.forEach(mount -> {
            if (mount instanceof Mount.Volume volume) {
                node.volumes().create(volume.name(), Map.of());
            }
        });
        return new ContainerRecord(
                id,
                resolved,
                image.id(),
                image.layers(),
                plan,
                Set.copyOf(anonymous),
                node.clock().instant(),
                ContainerRecord.Progress.CREATED,
                List.of(),
                Optional.empty());
    }

    /** What is wrong is said before anything is made. */
    private static void check(ContainerRequest request) {
        JailPlan.of(request).check();
        request.hostname().filter(name -> name.length() > HOSTNAME_LENGTH_MAX).ifPresent(name -> {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "invalid hostname '" + name + "': at most " + HOSTNAME_LENGTH_MAX + " characters");
        });
        Set<String> targets = new HashSet<>();
        for (Mount mount : request.mounts()) {
            if (!targets.add(MountTargets.normalize(mount.target()))) {
                throw new BerthException(ErrorCode.INVALID, "duplicate mount point: " + mount.target());
            }
        }
        if (request.autoRemove() && request.restart().kind() != ContainerRequest.RestartPolicy.Kind.NO) {
            throw new BerthException(
                    ErrorCode.INVALID, "conflicting options: a restart policy and removal at the end: choose one");
        }
    }

    /** The request's, then an anonymous volume for each of the image's that nothing is mounted on. */
    private List<Mount> mounts(ContainerRequest request, Image image, Set<String> anonymous) {
        List<Mount> mounts = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        for (Mount mount : request.mounts()) {
            Mount plain = plain(mount, anonymous);
            taken.add(plain.target());
            mounts.add(plain);
        }
        for (String path : image.config().volumes().stream().sorted().toList()) {
            String target = MountTargets.normalize(path);
            if (taken.add(target)) {
                mounts.add(new Mount.Volume(anonymous(anonymous), target, false));
            }
        }
        return mounts;
    }

    private Mount plain(Mount mount, Set<String> anonymous) {
        String target = MountTargets.normalize(mount.target());
        return switch (mount) {
            case Mount.Volume volume
            when volume.name().isEmpty() -> new Mount.Volume(anonymous(anonymous), target, volume.readOnly());
            case Mount.Volume volume -> new Mount.Volume(volume.name(), target, volume.readOnly());
            case Mount.Bind bind -> new Mount.Bind(bind.source(), target, bind.readOnly());
            case Mount.Memory memory -> new Mount.Memory(target, memory.options());
        };
    }

    private String anonymous(Set<String> names) {
        String name = ContainerNames.newId(node.random());
        names.add(name);
        return name;
    }

    private static String withTag(String image) {
        String last = image.substring(image.lastIndexOf('/') + 1);
        return last.contains(":") || last.contains("@") ? image : image + ":latest";
    }
}
