package org.berth.runtime.plan;

import java.util.Optional;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Operand;

/**
 * The folder a program starts in: resolved in the root without magic links, made when it is missing,
 * and looked at again after the change (CVE-2024-21626: a descriptor that leads to the host's tree).
 */
public final class WorkingDirectory {
    private static final int PATH_MAX = 4096;

    /** "(unr" of "(unreachable)", with which getcwd(2) begins outside of the root. */
    private static final int UNREACHABLE = 0x726e7528;

    private WorkingDirectory() {}

    /** Enters it, made where it is missing. @param root the container's root, open */
    public static void enter(Script script, Datum root, String path) {
        String label = "change to the working directory " + path;
        enter(script, script.openOrMakeFolder(label, root, path), label, path);
    }

    /** Enters it, which must exist. @param root the container's root, open */
    public static void enterExisting(Script script, Datum root, String path) {
        String label = "chdir to the working directory " + path;
        Datum folder = script.slot(path);
        script.openFollowing(label, root, path, true, folder, Optional.empty());
        enter(script, folder, label, path);
    }

    private static void enter(Script script, Datum folder, String label, String path) {
        script.call(label, Call.FCHDIR, Operand.value(folder));
        Datum buffer = script.builder().space("working directory", PATH_MAX);
        script.call("look where it is", Call.GETCWD, Operand.address(buffer), Operand.number(PATH_MAX));
        script.builder()
                .compare(
                        "the working directory " + path + " is outside of the container's root",
                        Operand.value(buffer),
                        Operand.named("\"(unr\"", UNREACHABLE))
                .ignoreNegative()
                .failOnZero();
    }
}
