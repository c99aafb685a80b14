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
                .or(() -> successor(range, keeper).flatMap(NamespaceKeeper::network))
                .orElseThrow(
                        () -> new BerthException(
                                ErrorCode.INTERNAL,
                                "make a network namespace: the process that makes them was killed twice, or its ids were let go of"));
    }

    /**
     * What stands in for one that has ended; none for a range that was forgotten meanwhile. The old one's user namespace
     * stays open until the range is: a start that goes on may be about to use it.
     */
    private synchronized Optional<NamespaceKeeper> successor(UserRange range, NamespaceKeeper ended) {
        if (keepers.remove(range, ended)) {
            replaced.computeIfAbsent(range, each -> new ArrayList<>()).add(ended.end());
            return Optional.of(keeper(range));
        }
        return Optional.ofNullable(keepers.get(range));
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
