package org.berth.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * {@code ./berth fuzz [TARGET...] [--seconds N]}: runs each target under the fuzzer for that long. What
 * it learns stays in the working folder; an input that fails is written there too and named.
 *
 * <p>Exit code 0: nothing was found; 1: something was; 2: a wrong argument.
 */
public final class Main {
    private static final String FUZZER = "com.code_intelligence.jazzer.Jazzer";
    private static final int SECONDS_STANDARD = 30;
    private static final int SECONDS_MAX = 24 * 60 * 60;

    /** What the fuzzer needs besides: to start, to instrument, to write. */
    private static final int GRACE_SECONDS = 300;

    /** The longest input, bytes. */
    private static final int INPUT_MAX = 8192;

    private record Request(List<Target> targets, int seconds) {}

    private final Path work;
    private final Path seeds;

    private Main(Path work, Path seeds) {
        this.work = work;
        this.seeds = seeds;
    }

    /** @param arguments the folder to work in, the folder of seeds, then the command's own */
    public static void main(String[] arguments) throws InterruptedException {
        Optional<Request> request = read(Arrays.asList(arguments).subList(2, arguments.length));
        if (request.isEmpty()) {
            System.err.println("usage: berth fuzz [TARGET...] [--seconds N]; targets: " + String.join(" ", labels())
                    + "; N is 1 to " + SECONDS_MAX);
            System.exit(2);
        }
        Main main = new Main(Path.of(arguments[0]), Path.of(arguments[1]));
        boolean found = false;
        for (Target target : request.orElseThrow().targets()) {
            found |= main.finds(target, request.orElseThrow().seconds());
        }
        System.exit(found ? 1 : 0);
    }

    private static List<String> labels() {
        return Arrays.stream(Target.values()).map(Target::label).toList();
    }

    private static Optional<Request> read(List<String> words) {
        List<Target> targets = new ArrayList<>();
        int seconds = SECONDS_STANDARD;
        for (int i = 0; i < words.size(); i++) {
            if (words.get(i).equals("--seconds") && i + 1 < words.size()) {
                String number = words.get(++i);
                if (!number.matches("[1-9][0-9]{0,4}") || Integer.parseInt(number) > SECONDS_MAX) {
                    return Optional.empty();
                }
                seconds = Integer.parseInt(number);
            } else {
                Optional<Target> target = Target.named(words.get(i));
                if (target.isEmpty()) {
                    return Optional.empty();
                }
                targets.add(target.get());
            }
        }
        return Optional.of(new Request(targets.isEmpty() ? List.of(Target.values()) : targets, seconds));
    }

    private boolean finds(Target target, int seconds) throws InterruptedException {
        try {
            Path folder = Files.createDirectories(work.resolve(target.label()));
            Path corpus = Files.createDirectories(folder.resolve("corpus"));
            Path log = folder.resolve("log");
            Process fuzzer = new ProcessBuilder(command(target, seconds, folder, corpus))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .directory(folder.toFile())
                    .start();
            if (!fuzzer.waitFor(seconds + GRACE_SECONDS, TimeUnit.SECONDS)) {
                fuzzer.destroyForcibly().waitFor();
                System.out.println("fuzz " + target.label() + ": did not end in time, see " + log);
                return true;
            }
            return report(target, fuzzer.exitValue(), log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> command(Target target, int seconds, Path folder, Path corpus) {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                FUZZER,
                "--target_class=" + target.className(),
                "--instrumentation_includes=org.berth.**",
                // the parsers open no files and start no programs: what watches for that only costs time
                "--disabled_hooks=com.code_intelligence.jazzer.sanitizers.RegexRoadblocks",
                "-max_total_time=" + seconds,
                "-max_len=" + INPUT_MAX,
                "-timeout=60",
                "-print_final_stats=1",
                "-artifact_prefix=" + folder + "/",
                corpus.toString()));
        Path own = seeds.resolve(target.label());
        if (Files.isDirectory(own)) {
            command.add(own.toString());
        }
        return command;
    }

    /** Says in one line how it went. */
    private static boolean report(Target target, int code, Path log) throws IOException {
        List<String> lines = Files.readAllLines(log, java.nio.charset.StandardCharsets.ISO_8859_1);
        String runs = lines.stream()
                .filter(line -> line.startsWith("stat::number_of_executed_units:"))
                .map(line -> line.replaceAll(".*:\\s*", ""))
                .findFirst()
                .orElse("?");
        String coverage = lines.stream()
                .filter(line -> line.contains(" cov: "))
                .map(line -> line.replaceAll(".* cov: ([0-9]+).*", "$1"))
                .reduce((first, last) -> last)
                .orElse("?");
        String found = lines.stream()
                .filter(line -> line.startsWith("== Java Exception") || line.contains("Test unit written to"))
                .map(line -> System.lineSeparator() + "  " + line)
                .reduce("", String::concat);
        boolean wrong = code != 0;
        System.out.println("fuzz " + target.label() + ": " + runs + " inputs, " + coverage + " branches, "
                + (wrong ? "found something, see " + log + found : "nothing found"));
        return wrong;
    }
}
