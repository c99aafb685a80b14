package org.berth.image.debian;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Progress;
import org.berth.image.RootRunner;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;

/**
 * The configuration of unpacked packages by their own scripts (Debian Policy 6), run in the root by a
 * {@link RootRunner}: each preinst, then all postinst scripts in the order that dpkg finds.
 */
final class Configuration {
    private static final int OUTPUT_LINES_MAX = 40;
    private static final List<String> ENVIRONMENT = List.of(
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/root",
            "LC_ALL=C.UTF-8",
            "DEBIAN_FRONTEND=noninteractive",
            "DEBCONF_NONINTERACTIVE_SEEN=true");

    /** Where dpkg has a package's control files while it is unpacked. */
    private static final String CONTROL_FOLDER = "var/lib/dpkg/tmp.ci";

    private final Path root;
    private final RootRunner runner;
    private final Progress progress;

    Configuration(Path root, RootRunner runner, Progress progress) {
        this.root = root;
        this.runner = runner;
        this.progress = progress;
    }

    /**
     * Runs each preinst, as dpkg does: from a folder that has the package's control files, which is
     * where debconf finds whose questions are asked. The files of all packages are in place already,
     * as mmdebstrap has it.
     */
    void prepare(InRoot root, List<RootFiller.Unpacked> packages) {
        String version = dpkgVersion(packages);
        for (RootFiller.Unpacked unpacked : packages) {
            if (unpacked.find("preinst").isPresent()) {
                try (Folder folder = root.makeFolders(CONTROL_FOLDER, 0755, 0, 0)) {
                    DpkgRecords.putAll(folder, "", unpacked.control());
                }
                run(
                        "the preinst script of the package " + unpacked.entry(),
                        List.of("/" + CONTROL_FOLDER + "/preinst", "install"),
                        scriptEnvironment(unpacked, version),
                        line -> {});
                root.removeAll(CONTROL_FOLDER);
            }
        }
    }

    private static String dpkgVersion(List<RootFiller.Unpacked> packages) {
        return packages.stream()
                .map(RootFiller.Unpacked::entry)
                .filter(entry -> entry.name().equals("dpkg"))
                .map(entry -> entry.version().toString())
                .findFirst()
                .orElse("");
    }

    private static List<String> scriptEnvironment(RootFiller.Unpacked unpacked, String dpkgVersion) {
        List<String> environment = new ArrayList<>(ENVIRONMENT);
        environment.add("DPKG_ADMINDIR=/var/lib/dpkg");
        environment.add("DPKG_ROOT=");
        environment.add("DPKG_MAINTSCRIPT_PACKAGE=" + unpacked.entry().name());
        environment.add("DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1");
        environment.add("DPKG_MAINTSCRIPT_ARCH=" + unpacked.entry().architecture());
        environment.add("DPKG_MAINTSCRIPT_NAME=preinst");
        environment.add("DPKG_RUNNING_VERSION=" + dpkgVersion);
        return environment;
    }

    /** Has dpkg configure everything. */
    void configure(int packages) {
        int[] done = new int[1];
        List<String> dpkg = List.of("/usr/bin/dpkg", "--force-unsafe-io", "--configure", "--pending");
        run("the configuration of the packages", dpkg, ENVIRONMENT, line -> {
            if (line.startsWith("Setting up ")) {
                done[0]++;
                progress.report(new Progress.Step("packages", "configuring", done[0], packages));
            }
        });
    }

    private void run(String what, List<String> arguments, List<String> environment, Consumer<String> output) {
        Deque<String> last = new ArrayDeque<>();
        int code = runner.run(root, arguments, environment, line -> {
            synchronized (last) {
                if (last.size() == OUTPUT_LINES_MAX) {
                    last.removeFirst();
                }
                last.addLast(line);
                output.accept(line);
            }
        });
        if (code != 0) {
            throw new BerthException(
                    ErrorCode.FAILED,
                    what + " failed: " + String.join(" ", arguments) + " ended with exit code " + code
                            + " in the new root; its last lines:\n" + String.join("\n", last));
        }
    }
}
