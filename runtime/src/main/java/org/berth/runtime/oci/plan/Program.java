package org.berth.runtime.oci.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.linux.Errno;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;
import org.berth.runtime.plan.Execution;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Script;

/**
 * The process's program: looked for in the container as the process itself, before the process is
 * said to be ready, so that one that is not there is told of at {@code create}; executed at the end.
 */
final class Program {
    private static final String STANDARD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final String HOME = "HOME=";
    private static final Operand X_OK = Operand.named("X_OK", 1);
    private static final Operand AS_IT_IS = Operand.named("AT_EACCESS|AT_EMPTY_PATH", 0x1200);

    private final Script script;
    private final List<String> arguments;
    private final List<String> environment;
    private final List<String> candidates;
    private final Datum found;

    /** @param environment as the program gets it */
    Program(Script script, List<String> arguments, List<String> environment) {
        this.script = script;
        this.arguments = arguments;
        this.environment = environment;
        this.candidates = candidates(arguments.getFirst(), environment);
        this.found = script.slot("program");
    }

    /** An environment with HOME, unless it has one that is not empty. */
    static List<String> withHome(List<String> environment, Optional<String> home) {
        boolean given = environment.stream()
                .anyMatch(variable -> variable.startsWith(HOME) && variable.length() > HOME.length());
        if (given || home.isEmpty()) {
            return environment;
        }
        List<String> completed = new ArrayList<>(environment);
        completed.removeIf(variable -> variable.startsWith(HOME));
        completed.add(HOME + home.get());
        return completed;
    }

    private static List<String> candidates(String program, List<String> environment) {
        if (program.contains("/")) {
            return List.of(program);
        }
        String path = environment.stream()
                .filter(variable -> variable.startsWith("PATH="))
                .map(variable -> variable.substring("PATH=".length()))
                .findFirst()
                .orElse(STANDARD_PATH);
        List<String> candidates = new ArrayList<>();
        for (String folder : path.split(":", -1)) {
            candidates.add((folder.isEmpty() ? "." : folder) + "/" + program);
        }
        return candidates;
    }

    /**
     * Looks for it. A magic link, as /proc/self/exe, would have this very process's executable run in
     * the container (CVE-2019-5736).
     */
    void find() {
        String program = arguments.getFirst();
        if (program.contains("/")) {
            check(program);
            return;
        }
        Mark done = script.builder().mark("found " + program);
        for (int i = 0; i < candidates.size(); i++) {
            lookFor(candidates.get(i), i, done);
        }
        script.call(Execution.LABEL + quoted(program) + ": executable file not found in $PATH", Call.COMPUTE)
                .failOnZero();
        script.builder().place(done);
    }

    private void check(String file) {
        String label = Execution.LABEL + quoted(file);
        Datum opened = open(label + ": stat " + file, file);
        Mark noFolder = script.builder().mark(file + " is no folder");
        Datum folder = script.slot("folder");
        script.openInRoot(label, opened, "/", script.inRoot(true, false), folder)
                .tolerate(Errno.ENOTDIR)
                .jump(Jump.ON_TOLERATED, noFolder);
        script.call(label + ": is a directory", Call.COMPUTE).failOnZero();
        script.builder().place(noFolder);
        script.call(label, Call.FACCESSAT2, Operand.value(opened), script.text(""), X_OK, AS_IT_IS);
        script.close(opened);
    }

    private Datum open(String label, String file) {
        Datum opened = script.slot(file);
        openWithoutMagicLinks(label, file).into(opened);
        return opened;
    }

    private org.berth.linux.launch.LaunchBuilder.StepBuilder openWithoutMagicLinks(String label, String file) {
        return script.call(
                label,
                Call.OPENAT2,
                Flags.HERE,
                script.text(file),
                script.withoutMagicLinks(),
                Operand.number(Script.OPEN_HOW_SIZE));
    }

    private void lookFor(String file, int index, Mark done) {
        String label = "look for " + file;
        Mark next = script.builder().mark("after " + file);
        Mark noFolder = script.builder().mark(file + " is no folder");
        Datum opened = script.slot(file);
        openWithoutMagicLinks(label, file).into(opened).jump(Jump.ON_NEGATIVE, next);
        Datum folder = script.slot("folder");
        script.openInRoot(label, opened, "/", script.inRoot(true, false), folder)
                .tolerate(Errno.ENOTDIR)
                .jump(Jump.ON_TOLERATED, noFolder)
                .ignoreNegative();
        script.builder().jump(next);
        script.builder().place(noFolder);
        script.call(label, Call.FACCESSAT2, Operand.value(opened), script.text(""), X_OK, AS_IT_IS)
                .jump(Jump.ON_NEGATIVE, next);
        script.builder().set("found " + file, found.start(), index);
        script.builder().jump(done);
        script.builder().place(next);
    }

    /** Executes what was found. */
    void execute() {
        Operand list = Operand.address(script.builder().textList("arguments", arguments));
        Operand variables = Operand.address(script.builder().textList("environment", environment));
        for (int i = 0; i < candidates.size(); i++) {
            String file = candidates.get(i);
            Mark next = script.builder().mark("not " + file);
            if (candidates.size() > 1) {
                Mark it = script.builder().mark("it is " + file);
                script.builder()
                        .compare("is it " + file, Operand.value(found), Operand.number(i))
                        .ignoreNegative()
                        .jump(Jump.ON_ZERO, it);
                script.builder().jump(next);
                script.builder().place(it);
            }
            script.call(Execution.LABEL + quoted(file), Call.EXECVE, script.text(file), list, variables);
            script.builder().place(next);
        }
    }

    private static String quoted(String program) {
        return "\"" + program + "\"";
    }
}
