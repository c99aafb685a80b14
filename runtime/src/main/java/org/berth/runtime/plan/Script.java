package org.berth.runtime.plan;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.berth.linux.Errno;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.LaunchBuilder;
import org.berth.linux.launch.LaunchBuilder.StepBuilder;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;

/**
 * A launch program being written, with the sentences that parts share: open, close, make a file
 * system, attach it. What a process opens before its exec is closed by the exec, without a step. Every path below the container's root is resolved by openat2(2) with
 * RESOLVE_IN_ROOT from a descriptor of that root.
 */
public final class Script {
    /** Bytes of struct open_how. */
    public static final int OPEN_HOW_SIZE = 24;

    private static final int MOUNT_ATTR_SIZE = 32;
    private static final int TRIES_MAX = 512;
    private static final Operand FOLDER_MODE = Operand.named("0755", 0755);

    private final LaunchBuilder builder;
    private final Map<String, Datum> shared = new HashMap<>();

    public Script(LaunchBuilder builder) {
        this.builder = builder;
    }

    public LaunchBuilder builder() {
        return builder;
    }

    public StepBuilder call(String label, Call call, Operand... operands) {
        return builder.call(label, call, operands);
    }

    public Operand text(String value) {
        return builder.text(value);
    }

    public Datum slot(String name) {
        return builder.slot(name);
    }

    /** A structure that several steps use: made once. */
    public Datum shared(String name, Function<String, Datum> make) {
        Datum known = shared.get(name);
        if (known != null) {
            return known;
        }
        Datum made = make.apply(name);
        shared.put(name, made);
        return made;
    }

    /** Opens a path of the host. */
    public Datum open(String label, String path, Operand flags) {
        Datum slot = slot(path);
        call(label, Call.OPENAT, Flags.HERE, text(path), flags, Flags.OWNER_ONLY)
                .into(slot);
        return slot;
    }

    public void close(Datum slot) {
        call("close " + slot.name(), Call.CLOSE, Operand.value(slot));
    }

    /** How openat2 resolves a path in the container's root: never out of it, by no magic link. */
    public Operand inRoot(boolean folder, boolean links) {
        String name = "in root, " + (folder ? "a folder" : "anything") + (links ? "" : ", no links");
        long flags = folder ? Flags.O_PATH_FOLDER_CLOEXEC : Flags.O_PATH_CLOEXEC;
        long resolve = Flags.RESOLVE_IN_ROOT | Flags.RESOLVE_NO_MAGICLINKS | (links ? 0 : Flags.RESOLVE_NO_SYMLINKS);
        return Operand.address(shared(
                name,
                key -> builder.structure(
                        key, new Datum.LongWord(flags), new Datum.LongWord(0), new Datum.LongWord(resolve))));
    }

    /** How openat2 finds a path as any program would, but by no magic link. */
    public Operand withoutMagicLinks() {
        return Operand.address(shared(
                "no magic links",
                key -> builder.structure(
                        key,
                        new Datum.LongWord(Flags.O_PATH_CLOEXEC),
                        new Datum.LongWord(0),
                        new Datum.LongWord(Flags.RESOLVE_NO_MAGICLINKS))));
    }

    /** Opens a path below the container's root. */
    public StepBuilder openInRoot(String label, Datum root, String path, Operand how, Datum slot) {
        return call(label, Call.OPENAT2, Operand.value(root), text(relative(path)), how, Operand.number(OPEN_HOW_SIZE))
                .into(slot);
    }

    /**
     * Opens a path whose links are followed. Where one has ".." in it and anything on the machine was
     * renamed or mounted meanwhile, the kernel answers EAGAIN: a bounded number of tries.
     *
     * @param missing where to go on when it is not there; empty: that is a failure
     */
    public void openFollowing(
            String label, Datum root, String path, boolean folder, Datum slot, Optional<Mark> missing) {
        Mark again = builder.mark(label + ": try");
        Mark raced = builder.mark(label + ": raced");
        Mark judged = builder.mark(label + ": judge");
        Mark opened = builder.mark(label + ": open");
        Datum tries = slot("tries");
        builder.place(again);
        openInRoot(label, root, path, inRoot(folder, true), slot)
                .tolerate(Errno.EAGAIN)
                .jump(Jump.ON_TOLERATED, raced)
                .ignoreNegative();
        builder.place(judged);
        StepBuilder judge = call(label, Call.COMPUTE, Operand.value(slot));
        missing.ifPresent(mark -> judge.tolerate(Errno.ENOENT).jump(Jump.ON_TOLERATED, mark));
        builder.jump(opened);
        builder.place(raced);
        call("count the tries", Call.COMPUTE, Operand.value(tries), Flags.NONE, Operand.number(1))
                .into(tries);
        builder.compare("try again", Operand.value(tries), Operand.number(TRIES_MAX))
                .jump(Jump.ON_NEGATIVE, again);
        builder.jump(judged);
        builder.place(opened);
    }

    /** A new file system that is mounted nowhere yet. Options: "key=value" or "flag". */
    public Datum fileSystem(String label, String type, List<String> options, long attributes) {
        Datum context = slot("new " + type);
        call(label, Call.FSOPEN, text(type), Flags.FSOPEN_CLOEXEC).into(context);
        for (String option : options) {
            configure(label + " with " + option, context, option);
        }
        return create(label, slot(type), context, attributes);
    }

    private void configure(String label, Datum context, String option) {
        int equals = option.indexOf('=');
        if (equals < 0) {
            call(label, Call.FSCONFIG, Operand.value(context), Flags.SET_FLAG, text(option), Flags.NONE, Flags.NONE);
        } else {
            Operand key = text(option.substring(0, equals));
            Operand value = text(option.substring(equals + 1));
            call(label, Call.FSCONFIG, Operand.value(context), Flags.SET_STRING, key, value, Flags.NONE);
        }
    }

    private Datum create(String label, Datum mount, Datum context, long attributes) {
        call(
                label,
                Call.FSCONFIG,
                Operand.value(context),
                Flags.CREATE_FILE_SYSTEM,
                Flags.NONE,
                Flags.NONE,
                Flags.NONE);
        call(label, Call.FSMOUNT, Operand.value(context), Flags.FSMOUNT_CLOEXEC, Flags.mountAttributes(attributes))
                .into(mount);
        return mount;
    }

    /** Attaches a mount to an open target. */
    public void attach(String label, Datum mount, Datum target) {
        call(label, Call.MOVE_MOUNT, Operand.value(mount), text(""), Operand.value(target), text(""), Flags.MOVE_BOTH);
    }

    /** Sets attributes of a mount, and of all below it when {@code all}. */
    public void setAttributes(String label, Datum mount, long attributes, boolean isPrivate, boolean all) {
        String name = "attributes " + attributes + (isPrivate ? " private" : "");
        Datum structure = shared(
                name,
                key -> builder.structure(
                        key,
                        new Datum.LongWord(attributes),
                        new Datum.LongWord(0),
                        new Datum.LongWord(isPrivate ? Flags.PROPAGATION_PRIVATE : 0),
                        new Datum.LongWord(0)));
        call(
                label,
                Call.MOUNT_SETATTR,
                Operand.value(mount),
                text(""),
                all ? Flags.BY_DESCRIPTOR_ALL : Flags.BY_DESCRIPTOR,
                Operand.address(structure),
                Operand.number(MOUNT_ATTR_SIZE));
    }

    /**
     * Attaches a standard mount on a folder of the image. Its target must not be, or lie behind, a
     * symbolic link: an image whose /proc, /sys or /dev is one would have us mount somewhere else
     * (CVE-2019-19921, CVE-2023-27561, CVE-2023-28642, CVE-2026-41579).
     */
    public void attachStandard(String label, Datum mount, Datum root, String path) {
        call("make " + path, Call.MKDIRAT, Operand.value(root), text(relative(path)), FOLDER_MODE)
                .tolerate(Errno.EEXIST);
        attachInside(label, mount, root, path);
    }

    /**
     * Attaches a mount on a folder that the kernel or we ourselves have made, in a mount that is held by
     * its descriptor: by a path of the root it could be another by now (CVE-2025-31133).
     *
     * @param path below {@code outer}
     */
    public void attachInside(String label, Datum mount, Datum outer, String path) {
        Datum target = slot(path);
        openInRoot(label, outer, path, inRoot(true, false), target);
        attach(label, mount, target);
    }

    /**
     * Opens a folder below the root, making what is missing of it, each part in its parent by
     * descriptor, so that no link leads the making astray (CVE-2024-45310).
     */
    public Datum openOrMakeFolder(String label, Datum root, String path) {
        Datum slot = slot(label);
        Mark opened = builder.mark(label + ": opened");
        Mark missing = builder.mark(label + ": missing");
        openFollowing(label, root, path, true, slot, Optional.of(missing));
        builder.jump(opened);
        builder.place(missing);
        makeFolders(label, root, path, slot);
        builder.place(opened);
        return slot;
    }

    /** As {@link #openOrMakeFolder}, with an empty file at the end. */
    public Datum openOrMakeFile(String label, Datum root, String path) {
        Datum target = slot(path);
        Mark missing = builder.mark(label + ": missing");
        Mark opened = builder.mark(label + ": opened");
        openFollowing(label, root, path, false, target, Optional.of(missing));
        builder.jump(opened);
        builder.place(missing);
        String relative = relative(path);
        int slash = relative.lastIndexOf('/');
        Datum parent = slash < 0 ? root : openOrMakeFolder(label, root, relative.substring(0, slash));
        Datum made = slot("made " + path);
        call(
                        label,
                        Call.OPENAT,
                        Operand.value(parent),
                        text(relative.substring(slash + 1)),
                        Flags.CREATE_FILE,
                        Operand.named("0644", 0644))
                .into(made);
        openFollowing(label, root, path, false, target, Optional.empty());
        builder.place(opened);
        return target;
    }

    /** The last part's folder ends in {@code slot}. */
    private void makeFolders(String label, Datum root, String path, Datum slot) {
        Datum parent = root;
        StringBuilder done = new StringBuilder();
        for (String part : relative(path).split("/", -1)) {
            done.append('/').append(part);
            String folder = done.toString();
            Datum next = folder.length() - 1 == relative(path).length() ? slot : slot("folder " + folder);
            Mark there = builder.mark(label + ": " + folder + " is there");
            Mark make = builder.mark(label + ": make " + folder);
            openFollowing(label, root, folder, true, next, Optional.of(make));
            builder.jump(there);
            builder.place(make);
            call(label, Call.MKDIRAT, Operand.value(parent), text(part), FOLDER_MODE)
                    .tolerate(Errno.EEXIST);
            openFollowing(label, root, folder, true, next, Optional.empty());
            builder.place(there);
            parent = next;
        }
    }

    /**
     * Without the leading slash: relative to a descriptor. The root itself is ".". Parts "." and ".."
     * are resolved in the text, as docker does.
     */
    public static String relative(String path) {
        if (path.length() > 1 && path.charAt(0) == '/' && isClean(path)) {
            return path.substring(1);
        }
        Deque<String> parts = new ArrayDeque<>();
        for (String part : path.split("/", -1)) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return parts.isEmpty() ? "." : String.join("/", parts);
    }

    private static boolean isClean(String path) {
        return !path.contains("/.") && !path.contains("//") && !path.endsWith("/");
    }
}
