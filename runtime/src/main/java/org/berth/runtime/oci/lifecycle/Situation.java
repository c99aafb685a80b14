package org.berth.runtime.oci.lifecycle;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.linux.Descriptor;
import org.berth.linux.launch.LaunchProgram;
import org.berth.runtime.oci.config.IdMapping;
import org.berth.runtime.oci.config.LinuxPart;
import org.berth.runtime.oci.config.Mount;
import org.berth.runtime.oci.config.Namespace;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.config.OciProcess;
import org.berth.runtime.oci.facts.BundleFacts;
import org.berth.runtime.oci.plan.BundlePlacement;
import org.berth.runtime.oci.plan.BundlePlan;
import org.berth.runtime.plan.Placement;

/** One container's launch program, with the descriptors that it is passed after the talk. */
final class Situation implements AutoCloseable {
    private final LaunchProgram program;
    private final List<Descriptor> preserved;
    private final List<Descriptor> opened;

    private Situation(LaunchProgram program, List<Descriptor> preserved, List<Descriptor> opened) {
        this.program = program;
        this.preserved = preserved;
        this.opened = opened;
    }

    static Situation of(
            CreateRequest request, OciConfig given, StateFolder folder, Groups groups, ContainerState state) {
        OciConfig config = NotifySocket.pass(Sockets.pass(BundleFacts.absolute(given, request.bundle())), folder);
        OciProcess process = config.process()
                .orElseThrow(() -> new BerthException(ErrorCode.INVALID, "process: expected a value, found nothing"));
        config.linux().namespaces().forEach(NamespaceFiles::check);
        NamespaceFiles.checkSettings(config.linux());
        Path root = root(state);
        List<Descriptor> preserved = Preserved.of(request.preservedDescriptors() + Sockets.count());
        List<Descriptor> namespaces = new ArrayList<>();
        try {
            BundlePlacement placement = new BundlePlacement(
                    root,
                    folder.execFifo(),
                    folder.resultFifo(),
                    groups.placement(),
                    Filters.of(config),
                    preserved.size(),
                    idMaps(config, namespaces),
                    BundleFacts.fileMounts(config),
                    BundleFacts.copied(config, root),
                    BundleFacts.home(config, root, process),
                    !request.noPivot(),
                    !request.noNewKeyring(),
                    Privileges.ofHost(),
                    setsGroups(config.linux()),
                    BundleFacts.lastCapability(),
                    BundleFacts.copiesDetachedMounts(),
                    BundleFacts.givenStreams());
            return new Situation(BundlePlan.of(config, placement), preserved, namespaces);
        } catch (RuntimeException e) {
            Kernel.close(namespaces);
            throw e;
        }
    }

    /** That of one more process of a container that is there. @param groups those that it joins */
    static BundlePlacement joining(
            StateFolder folder,
            ContainerState state,
            OciConfig config,
            OciProcess process,
            List<Placement.Group> groups,
            int preserved) {
        Path root = Path.of("/proc", Long.toString(state.pid()), "root");
        return new BundlePlacement(
                root,
                folder.execFifo(),
                folder.resultFifo(),
                groups,
                Filters.of(config),
                preserved,
                Map.of(),
                Set.of(),
                Map.of(),
                BundleFacts.home(config, root, process),
                true,
                true,
                Privileges.ofHost(),
                setsGroups(config.linux()),
                BundleFacts.lastCapability(),
                BundleFacts.copiesDetachedMounts(),
                BundleFacts.givenStreams());
    }

    private static Path root(ContainerState state) {
        try {
            return Path.of(state.root()).toRealPath();
        } catch (IOException e) {
            throw new BerthException(
                    ErrorCode.NOT_FOUND, "root.path: " + state.root() + ": no such file or directory", e);
        }
    }

    /** Whether setgroups(2) is allowed in the container. */
    static boolean setsGroups(LinuxPart linux) {
        boolean alone = linux.gidMappings().size() == 1
                && linux.gidMappings().getFirst().size() == 1;
        return Privileges.isRoot() || !linux.makes(Namespace.Kind.USER) || !alone;
    }

    /** A user namespace for each set of mappings; mounts of the same share one. */
    private static Map<Integer, Integer> idMaps(OciConfig config, List<Descriptor> namespaces) {
        Map<Integer, Integer> indexes = new HashMap<>();
        Map<List<List<IdMapping>>, Integer> known = new HashMap<>();
        for (int index : BundlePlan.idMapped(config)) {
            Mount mount = config.mounts().get(index);
            boolean own = !mount.uidMappings().isEmpty();
            List<IdMapping> users = own ? mount.uidMappings() : config.linux().uidMappings();
            List<IdMapping> groups = own ? mount.gidMappings() : config.linux().gidMappings();
            indexes.put(index, known.computeIfAbsent(List.of(users, groups), key -> {
                namespaces.add(UserNamespaces.make(users, groups));
                return namespaces.size() - 1;
            }));
        }
        return indexes;
    }

    LaunchProgram program() {
        return program;
    }

    List<Descriptor> passed() {
        List<Descriptor> passed = new ArrayList<>(preserved);
        passed.addAll(opened);
        return passed;
    }

    @Override
    public void close() {
        Kernel.close(opened);
    }
}
