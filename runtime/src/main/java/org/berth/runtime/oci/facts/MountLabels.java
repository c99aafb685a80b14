package org.berth.runtime.oci.facts;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.berth.runtime.oci.config.Mount;
import org.berth.runtime.oci.config.OciConfig;

/** {@code linux.mountLabel}: the SELinux label of everything in a new file system (mount(8), "context="). */
public final class MountLabels {
    /** There as long as the kernel's SELinux is switched on. */
    private static final Path SELINUX = Path.of("/sys/fs/selinux/enforce");

    /** The policy says what these are labelled with. */
    private static final Set<String> LABELLED_BY_POLICY =
            Set.of("proc", "sysfs", "cgroup", "cgroup2", "mqueue", "bpf", "debugfs", "tracefs", "securityfs");

    private MountLabels() {}

    /** The configuration with its mounts labelled; a kernel without SELinux has no labels, which is said. */
    public static OciConfig apply(OciConfig config, Consumer<String> warn) {
        return apply(config, Files.exists(SELINUX), warn);
    }

    static OciConfig apply(OciConfig config, boolean selinux, Consumer<String> warn) {
        Optional<String> label = config.linux().mountLabel();
        if (label.isEmpty()) {
            return config;
        }
        if (!selinux) {
            warn.accept("linux.mountLabel: this kernel's SELinux is not there or switched off: \"" + label.get()
                    + "\" labels nothing");
            return config;
        }
        List<Mount> labelled = config.mounts().stream()
                .map(mount -> takesLabel(mount)
                        ? mount.withOptions(mount.options().withData("context=" + label.get()))
                        : mount)
                .toList();
        return config.withMounts(labelled);
    }

    private static boolean takesLabel(Mount mount) {
        boolean named = mount.options().data().stream().anyMatch(word -> word.contains("context="));
        boolean made = !mount.bind()
                && !mount.options().remount()
                && mount.type().isPresent()
                && !mount.typeOrNone().equals("none");
        return made && !named && !LABELLED_BY_POLICY.contains(mount.typeOrNone());
    }
}
