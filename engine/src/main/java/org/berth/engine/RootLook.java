package org.berth.engine;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.berth.engine.ContainerRequest.Mount;
import org.berth.image.Images.Snapshot;
import org.berth.linux.path.FileStatus;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.LastLink;
import org.berth.linux.path.OpenFile;
import org.berth.linux.path.TreeCopy;
import org.berth.linux.path.Users;

/**
 * The one look at a container's root before it is used: who its user is, where its mounts go, what
 * fills its new volumes. Users of an image as it is are remembered, so that its next container need
 * not be looked into at all.
 */
final class RootLook {
    private static final int REMEMBERED_MAX = 256;

    private final LocalVolumes volumes;
    private final UserRanges ranges;
    private final Map<Asked, Users.Identity> remembered = new ConcurrentHashMap<>();

    private record Asked(String imageId, String user) {}

    RootLook(LocalVolumes volumes, UserRanges ranges) {
        this.volumes = volumes;
        this.ranges = ranges;
    }

    /** Checks mounts, fills volumes. @return the user */
    Users.Identity look(ContainerRecord record, Snapshot snapshot) {
        Asked asked = new Asked(record.imageId(), record.plan().user());
        boolean more =
                record.request().jail().stream().anyMatch(jail -> !jail.groups().isEmpty());
        boolean unchanged = !more && Folders.isEmpty(snapshot.upper());
        Users.Identity known = remembered.get(asked);
        if (known != null && unchanged && record.request().mounts().isEmpty()) {
            return known;
        }
        try (InRoot root = ContainerRoot.toRead(snapshot, record.users(), ranges)) {
            record.request().mounts().forEach(mount -> prepare(root, mount));
            Users users = Users.of(root);
            Users.Identity identity =
                    withGroups(users, users.resolve(record.plan().user()), record.request());
            if (unchanged) {
                remember(asked, identity);
            }
            return identity;
        }
    }

    /** With the additional groups that a request names, each once. */
    static Users.Identity withGroups(Users users, Users.Identity identity, ContainerRequest request) {
        List<String> names = request.jail().map(JailRequest::groups).orElse(List.of());
        if (names.isEmpty()) {
            return identity;
        }
        Set<Long> groups = new LinkedHashSet<>(identity.groups());
        names.forEach(name -> groups.add(users.group(name)));
        return new Users.Identity(identity.uid(), identity.gid(), List.copyOf(groups), identity.home());
    }

    private void remember(Asked asked, Users.Identity identity) {
        if (remembered.size() >= REMEMBERED_MAX) {
            remembered.clear();
        }
        remembered.put(asked, identity);
    }

    private void prepare(InRoot root, Mount mount) {
        MountTargets.check(root, mount.target());
        if (mount instanceof Mount.Volume volume) {
            volumes.create(volume.name(), Map.of());
            volumes.fillOnce(volume.name(), folder -> fill(root, volume.target(), folder));
        }
    }

    private static void fill(InRoot root, String target, Path folder) {
        if (root.find(target, LastLink.FOLLOW).filter(FileStatus::isFolder).isEmpty()) {
            return;
        }
        try (Folder source = root.folder(target);
                InRoot volume = InRoot.open(folder);
                Folder to = volume.folder("/");
                OpenFile from = source.self();
                OpenFile self = to.self()) {
            TreeCopy copy = new TreeCopy(TreeCopy.Options.EXACT);
            copy.contents(source, to);
            copy.attributes(from, self);
        }
    }
}
