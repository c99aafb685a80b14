package org.berth.image.debian;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.berth.image.RootRunner;

/**
 * A stand-in for a container, for tests of this module alone: chroot(8) in a mount namespace of its
 * own, so that what it mounts goes with it.
 */
final class ChrootRunner implements RootRunner {
    private static final String PREPARE = "mount -t proc proc \"$1/proc\" && mount -t tmpfs tmpfs \"$1/dev\""
            + " && for node in null zero full random urandom tty; do"
            + " touch \"$1/dev/$node\" && mount --bind \"/dev/$node\" \"$1/dev/$node\"; done"
            + " && exec chroot \"$@\"";

    @Override
    public int run(Path root, List<String> arguments, List<String> environment, Consumer<String> output) {
        List<String> command = new ArrayList<>(List.of("unshare", "--mount", "--net", "sh", "-ec", PREPARE, "sh"));
        command.add(root.toString());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        for (String variable : environment) {
            String[] parts = variable.split("=", 2);
            builder.environment().put(parts[0], parts[1]);
        }
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                lines.lines().forEach(output);
            }
            return process.waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
