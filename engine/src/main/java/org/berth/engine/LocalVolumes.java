package org.berth.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Volumes in {@code BERTH_ROOT/volumes}: {@code NAME/volume.json} and {@code NAME/_data}.
 */
final class LocalVolumes implements Volumes {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}");
    private static final String RECORD = "volume.json";
    private static final String DATA = "_data";
    private static final String REMEDY =
            "put it back from a copy, or stop the daemon and remove it; the volume's files are in %s";
    private static final Logger LOG = LoggerFactory.getLogger(LocalVolumes.class);

    private final Path folder;
    private final Clock clock;
    private final EventLog events;
    private final Map<String, Stored> volumes = new ConcurrentHashMap<>();
    /** Volumes whose record can't be read, with why: their data is left alone, and who asks for one is refused. */
    private final Map<String, BerthException> unreadable = new ConcurrentHashMap<>();

    private final Map<String, Object> filling = new ConcurrentHashMap<>();
    private volatile Predicate<String> inUse = name -> false;

    /** Whether a volume has had its first mount. */
    private enum Content {
        NONE,
        COMING,
        THERE
    }

    private record Stored(String name, Map<String, String> labels, Instant created, Content content) {
        Stored with(Content to) {
            return new Stored(name, labels, created, to);
        }
    }

    LocalVolumes(Path folder, Clock clock, EventLog events) {
        this.folder = folder;
        this.clock = clock;
        this.events = events;
        load();
    }

    /** Says which volumes containers use. */
    void usedBy(Predicate<String> use) {
        inUse = use;
    }

    @Override
    public synchronized Volume create(String name, Map<String, String> labels) {
        if (!NAME.matcher(name).matches()) {
            throw new BerthException(
                    ErrorCode.INVALID,
                    "invalid volume name '" + name + "': expected a letter or digit, then letters, digits, '_', '.' and"
                            + " '-'; a host folder is written as an absolute path");
        }
        refuseUnreadable(name);
        Stored known = volumes.get(name);
        if (known != null) {
            return volume(known);
        }
        Stored made = new Stored(name, Map.copyOf(labels), clock.instant(), Content.NONE);
        try {
            Files.createDirectories(data(name));
        } catch (IOException e) {
            throw Folders.failed("create", data(name), e);
        }
        store(made);
        events.add("volume", "create", name, Map.of("driver", "local"));
        return volume(made);
    }

    @Override
    public Optional<Volume> find(String name) {
        refuseUnreadable(name);
        return Optional.ofNullable(volumes.get(name)).map(this::volume);
    }

    @Override
    public List<Volume> list() {
        return volumes.values().stream().map(this::volume).toList();
    }

    @Override
    public synchronized void remove(String name, boolean force) {
        refuseUnreadable(name);
        if (!volumes.containsKey(name)) {
            if (force) {
                return;
            }
            throw new BerthException(ErrorCode.NOT_FOUND, "get " + name + ": no such volume");
        }
        if (inUse.test(name)) {
            throw new BerthException(
                    ErrorCode.CONFLICT, "remove " + name + ": volume is in use: remove the containers that use it");
        }
        Folders.delete(folder.resolve(name));
        volumes.remove(name);
        filling.remove(name);
        events.add("volume", "destroy", name, Map.of("driver", "local"));
    }

    /**
     * Runs {@code fill} on its folder at its first mount, if that is still empty; once, even if many
     * ask. What a fill that was cut short has left is thrown away, and it is filled anew.
     */
    void fillOnce(String name, Consumer<Path> fill) {
        synchronized (filling.computeIfAbsent(name, each -> new Object())) {
            Stored stored = volumes.get(name);
            if (stored == null || stored.content() == Content.THERE) {
                return;
            }
            if (stored.content() == Content.COMING) {
                empty(name);
            }
            if (Folders.isEmpty(data(name))) {
                fill(stored, fill);
            }
            store(stored.with(Content.THERE));
        }
    }

    private void fill(Stored stored, Consumer<Path> fill) {
        store(stored.with(Content.COMING));
        try {
            fill.accept(data(stored.name()));
        } catch (RuntimeException e) {
            empty(stored.name());
            throw e;
        }
    }

    private void empty(String name) {
        Folders.delete(data(name));
        Folders.create(data(name));
    }

    private void store(Stored stored) {
        RecordFormat.write(folder.resolve(stored.name()).resolve(RECORD), stored);
        volumes.put(stored.name(), stored);
    }

    private void load() {
        if (!Files.isDirectory(folder)) {
            return;
        }
        for (String name : Folders.names(folder)) {
            Path file = folder.resolve(name).resolve(RECORD);
            try {
                if (Files.isRegularFile(file)) {
                    volumes.put(name, RecordFormat.read(file, Stored.class, REMEDY.formatted(data(name))));
                }
            } catch (BerthException e) {
                LOG.error("volume {} is left alone: {}", name, e.getMessage());
                unreadable.put(name, e);
            }
        }
    }

    private void refuseUnreadable(String name) {
        BerthException why = unreadable.get(name);
        if (why != null) {
            throw new BerthException(why.code(), String.valueOf(why.getMessage()), why);
        }
    }

    private Volume volume(Stored stored) {
        return new Volume(stored.name(), data(stored.name()), stored.labels(), stored.created());
    }

    private Path data(String name) {
        return folder.resolve(name).resolve(DATA);
    }
}
