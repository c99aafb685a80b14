package org.berth.linux.user;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.linux.Descriptor;
import org.berth.linux.launch.Launcher;

/**
 * The user namespaces of an instance, one for each range of ids, made when first asked for. They are held by this process
 * and by the containers in them: another daemon makes its own of the same range, which means the same on disk. Safe for
 * concurrent use.
 */
public final class UserNamespaces implements AutoCloseable {
    private static final String NAME = "berth-%s-u";

    private final Launcher launcher;
    private final String name;
    private final Map<UserRange, NamespaceKeeper> keepers = new HashMap<>();
    private final Map<UserRange, Descriptor> backs = new HashMap<>();
    private final Map<UserRange, List<Descriptor>> replaced = new HashMap<>();

    public UserNamespaces(Instance instance) {
        this.launcher = new Launcher(instance.run());
        this.name = NAME.formatted(instance.tag());
    }

    /**
     * The namespace of a range: its id 0 is the range's first. Open until this is closed.
     *
     * @throws org.berth.linux.SystemCallException when the kernel makes none
     */
    public Descriptor of(UserRange range) {
        return keeper(range).users();
    }

    /**
     * One to see by what is the range's on a disk: with the ids that its containers see. Open until this is closed.
     *
     * @throws org.berth.linux.SystemCallException when the kernel makes none
     */
    public synchronized Descriptor back(UserRange range) {
        return backs.computeIfAbsent(
                range,
                each -> NamespaceKeeper.start(launcher, name, IdMap.back(each)).end());
    }

    /**
     * A fresh network namespace that belongs to the range's user namespace: its root rules it. When the process that makes
     * them was killed, both are made anew.
     *
     * @throws org.berth.linux.SystemCallException when the kernel makes none: ENOSPC past /proc/sys/user/max_net_namespaces
     */
    public Descriptor network(UserRange range) {
        NamespaceKeeper keeper = keeper(range);
        return keeper.network()
                .or(() -> anew(range, keeper))
                .orElseThrow(() -> new BerthException(
                        ErrorCode.INTERNAL, "make a network namespace: the process that makes them was killed twice"));
    }

    private Optional<Descriptor> anew(UserRange range, NamespaceKeeper killed) {
        replace(range, killed);
        return keeper(range).network();
    }

    /** Its user namespace stays open until the range is forgotten: a start that goes on may be about to use it. */
    private synchronized void replace(UserRange range, NamespaceKeeper killed) {
        if (keepers.remove(range, killed)) {
            replaced.computeIfAbsent(range, each -> new ArrayList<>()).add(killed.end());
        }
    }

    private synchronized NamespaceKeeper keeper(UserRange range) {
        return keepers.computeIfAbsent(range, each -> NamespaceKeeper.start(launcher, name, IdMap.of(each)));
    }

    /** Lets go of a range's namespaces. Containers in them go on. */
    public synchronized void forget(UserRange range) {
        Optional.ofNullable(keepers.remove(range)).ifPresent(NamespaceKeeper::close);
        Optional.ofNullable(backs.remove(range)).ifPresent(Descriptor::close);
        Optional.ofNullable(replaced.remove(range)).ifPresent(users -> users.forEach(Descriptor::close));
    }

    @Override
    public synchronized void close() {
        Set.copyOf(keepers.keySet()).forEach(this::forget);
        Set.copyOf(backs.keySet()).forEach(this::forget);
        Set.copyOf(replaced.keySet()).forEach(this::forget);
    }
}
