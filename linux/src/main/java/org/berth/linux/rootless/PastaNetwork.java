package org.berth.linux.rootless;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * The other way of an ordinary user's network namespace to the world: pasta(1), where {@link UserNetwork} is not
 * installed. It leads no ports to containers: which ones is settled when it starts. It goes into the background when it
 * serves. Nothing ends it but its own look at the keeper, which not every release takes: it has to be ended.
 */
final class PastaNetwork {
    /** Where it answers DNS: link-local, so that no network of the machine's has it. */
    static final String RESOLVER = "169.254.1.1";

    /** What comes from containers stalls with the larger packets that it takes by itself (its release of March 2023). */
    private static final String MTU = "1500";

    private static final int SECONDS_MAX = 20;
    private static final int SAID_MAX = 2000;

    private PastaNetwork() {}

    /** The program that gives a network, when it is installed. @param path PATH */
    static Optional<Path> installed(String path) {
        return IdHelpers.find("pasta", path);
    }

    /**
     * Starts it for a keeper's namespaces, and waits until it serves.
     *
     * @param run takes its log and its process id
     * @return the process, to be ended when the keeper is
     * @throws BerthException that says why it does not serve
     */
    static KnownProcess start(Path program, KnownProcess keeper, Path run) {
        Path log = run.resolve("pasta.log");
        Path id = id(run);
        try {
            Files.deleteIfExists(id);
            Process process = new ProcessBuilder(command(program, keeper, id))
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(log.toFile())
                    .redirectErrorStream(true)
                    .start();
            try {
                if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS) || process.exitValue() != 0) {
                    throw refusal(program, log);
                }
            } finally {
                process.destroyForcibly();
            }
            return written(id).orElseThrow(() -> refusal(program, log));
        } catch (IOException e) {
            throw new BerthException(ErrorCode.UNAVAILABLE, "run " + program + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BerthException(ErrorCode.INTERNAL, "interrupted while " + program + " started");
        }
    }

    /** One that started and was not recorded: whoever started it was killed in between. */
    static Optional<KnownProcess> unrecorded(Path run) {
        Path id = id(run);
        try {
            return written(id).filter(process -> process.hasArgument(id.toString()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<KnownProcess> written(Path id) throws IOException {
        return Optional.of(Files.readString(id).strip())
                .filter(text -> text.matches("[1-9][0-9]{0,9}"))
                .flatMap(text -> KnownProcess.of(Long.parseLong(text)));
    }

    /** The file with its process id. */
    static Path id(Path run) {
        return run.resolve("pasta.pid");
    }

    /** No port either way, and not the machine's loopback by the gateway's address: what listens there counts on being alone. */
    static List<String> command(Path program, KnownProcess keeper, Path id) {
        String namespaces = "/proc/" + keeper.pid() + "/ns/";
        return List.of(
                program.toString(),
                "--config-net",
                "--ipv4-only",
                "--no-map-gw",
                "--mtu",
                MTU,
                "--dns-forward",
                RESOLVER,
                "--tcp-ports",
                "none",
                "--udp-ports",
                "none",
                "--tcp-ns",
                "none",
                "--udp-ns",
                "none",
                "--pid",
                id.toString(),
                "--userns",
                namespaces + "user",
                "--netns",
                namespaces + "net");
    }

    private static BerthException refusal(Path program, Path log) {
        String said;
        try {
            said = new String(Files.readAllBytes(log), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            said = "";
        }
        String end = said.substring(Math.max(0, said.length() - SAID_MAX)).replace('\n', ' ');
        return new BerthException(
                ErrorCode.UNAVAILABLE, program + " does not serve: " + (end.isEmpty() ? "it says nothing" : end));
    }
}
