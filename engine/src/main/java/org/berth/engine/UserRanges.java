package org.berth.engine;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.engine.ContainerRequest.NetworkMode;
import org.berth.linux.Descriptor;
import org.berth.linux.OwnUserNamespace;
import org.berth.linux.user.MappedFolder;
import org.berth.linux.user.UserNamespaces;
import org.berth.linux.user.UserRange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ranges of ids that containers have for their own: one for each project, one for what belongs to none. A container's
 * record keeps its range, which is in what it has on the disk; a range is free again once no container has it. Safe for
 * concurrent use.
 */
final class UserRanges {
    private static final Logger LOG = LoggerFactory.getLogger(UserRanges.class);

    /**
     * Above what else has ids: people, services and subuid(5); systemd's containers, 0x80000 to 0x6fffffff (UIDS-GIDS.md of
     * systemd); SSSD's accounts of directories, to 2,000,200,000 (ldap_idmap_range_max of sssd-ldap(5)).
     */
    static final long POOL_START = 0x7739_0000L;

    /** The first id after: of systemd's "foreign" ones, with which images are stored on the disk. */
    static final long POOL_END = 0x7ffe_0000L;

    private static final int POOL_SIZE = (int) ((POOL_END - POOL_START) / UserRange.COUNT);

    /** How many ranges of no container are kept ready, for those who run one container after the other. */
    private static final int IDLE_MAX = 8;

    private static final String OF_ONE_USER =
            "containers share the user ids of whoever started the daemon, their root is that user: only the machine's root"
                    + " can map the ids of layers and volumes (docs/rootless.md)";

    private static final AtomicBoolean SAID = new AtomicBoolean();

    private final UserNamespaces namespaces;
    private final RandomGenerator random;
    private final UsedIds used;
    private final Map<String, Given> given = new LinkedHashMap<>();
    private final Path folder;
    private Optional<Boolean> supported = Optional.empty();
    private volatile List<String> warnings = List.of();

    /** A range and how many containers have it. */
    private record Given(UserRange range, int containers) {
        Given more(int count) {
            return new Given(range, containers + count);
        }
    }

    UserRanges(Instance instance, UserNamespaces namespaces, RandomGenerator random) {
        this.namespaces = namespaces;
        this.random = random;
        this.used = new UsedIds(Path.of("/"));
        this.folder = instance.root();
        if (!OwnUserNamespace.isMachines()) {
            supported = Optional.of(false);
            warnings = List.of(OF_ONE_USER);
            if (SAID.compareAndSet(false, true)) {
                LOG.warn("{}", OF_ONE_USER);
            }
        }
    }

    /** The range for a container of this request; empty when it has the machine's ids. */
    synchronized Optional<UserRange> take(ContainerRequest request) {
        if (request.userRange().isEmpty()
                || request.networkMode() == NetworkMode.HOST
                || request.runtime().isPresent()
                || request.jail().filter(JailRequest::needsMachineIds).isPresent()) {
            return Optional.empty();
        }
        String owner = request.userRange().get();
        Given known = given.get(owner);
        if (known == null) {
            if (supported.equals(Optional.of(false))) {
                return Optional.empty();
            }
            known = new Given(choose(), 0);
            if (!isSupported(known.range())) {
                namespaces.forget(known.range());
                return Optional.empty();
            }
        }
        given.put(owner, known.more(1));
        return Optional.of(known.range());
    }

    /** A container that was there before this daemon. */
    synchronized void restore(ContainerRecord record) {
        record.users()
                .ifPresent(range -> given.merge(
                        record.request().userRange().orElse(""), new Given(range, 1), (known, one) -> known.more(1)));
    }

    /** A container is gone that {@link #take} gave a range. */
    synchronized void release(ContainerRequest request) {
        String owner = request.userRange().orElse("");
        Given known = given.remove(owner);
        if (known != null) {
            given.put(owner, known.more(-1)); // now the last in order
        }
        Set<String> idle = new HashSet<>();
        given.forEach((name, one) -> {
            if (one.containers() <= 0) {
                idle.add(name);
            }
        });
        if (idle.size() > IDLE_MAX) {
            given.keySet().stream().filter(idle::contains).findFirst().ifPresent(this::forget);
        }
    }

    private void forget(String owner) {
        Optional.ofNullable(given.remove(owner)).ifPresent(one -> namespaces.forget(one.range()));
    }

    /** A fresh network namespace of theirs. */
    Descriptor network(UserRange range) {
        return namespaces.network(range);
    }

    /** A folder of what is the range's on the disk, with the ids that its containers see. */
    MappedFolder asSeenInside(UserRange range, Path folder) {
        return MappedFolder.of(folder, namespaces.back(range));
    }

    /** What users should know. */
    List<String> warnings() {
        return warnings;
    }

    private UserRange choose() {
        Map<Long, Boolean> taken = new HashMap<>();
        given.values().forEach(one -> taken.put(one.range().first(), true));
        int start = random.nextInt(POOL_SIZE);
        for (int i = 0; i < POOL_SIZE; i++) {
            long first = POOL_START + (long) ((start + i) % POOL_SIZE) * UserRange.COUNT;
            UserRange range = new UserRange(first);
            if (!taken.containsKey(first) && used.isFree(range)) {
                return range;
            }
        }
        throw new BerthException(
                ErrorCode.EXHAUSTED,
                "no range of user ids is free for another project: remove containers of projects that are over");
    }

    /** Tried once: whether this kernel and file system give containers ids of their own. */
    private boolean isSupported(UserRange range) {
        if (supported.isEmpty()) {
            Optional<String> why = HostSupport.lacks(() -> namespaces.of(range), folder);
            supported = Optional.of(why.isEmpty());
            why.ifPresent(reason -> {
                String warning = "containers have the machine's user ids, their root is the machine's: " + reason;
                LOG.warn("{}", warning);
                warnings = List.of(warning);
            });
        }
        return supported.get();
    }
}
