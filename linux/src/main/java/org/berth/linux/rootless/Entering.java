package org.berth.linux.rootless;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.LaunchBuilder;
import org.berth.linux.launch.LaunchProgram;
import org.berth.linux.launch.Operand;

/**
 * What a process does that enters the namespaces of another and becomes a program in them. A JVM has many threads and
 * can't enter a user namespace (setns(2)), so it becomes this, which becomes a JVM again. Pure.
 */
final class Entering {
    private static final List<String> KINDS = List.of("user", "mnt", "net");
    private static final Operand HERE = Operand.named("AT_FDCWD", -100);
    private static final Operand READ = Operand.named("O_RDONLY|O_CLOEXEC", 0x80000);
    private static final Operand NONE = Operand.number(0);
    private static final String FAILED = "berth server: can't enter the namespaces of process %d, which keeps them\n";
    private static final int FIRST_OF_OURS = 3;

    private Entering() {}

    /**
     * A command in namespaces.
     *
     * @param keeper the process whose they are
     * @param command the file to execute, then its arguments with the first, its name
     * @param folder its working folder, if it is there
     */
    record Command(long keeper, String file, List<String> command, Map<String, String> environment, String folder) {
        Command {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
        }
    }

    static LaunchProgram of(Command command) {
        LaunchBuilder program = LaunchProgram.builder();
        Operand all = Operand.named("~0", 0xffff_ffffL);
        program.call("close the JVM's descriptors", Call.CLOSE_RANGE, Operand.number(FIRST_OF_OURS), all, NONE);
        List<Datum> namespaces = new ArrayList<>();
        for (String kind : KINDS) {
            Datum opened = program.slot(kind);
            String file = "/proc/" + command.keeper() + "/ns/" + kind;
            program.call("open " + file, Call.OPENAT, HERE, program.text(file), READ, NONE)
                    .into(opened);
            namespaces.add(opened);
        }
        for (int i = 0; i < KINDS.size(); i++) {
            program.call("enter the namespace " + KINDS.get(i), Call.SETNS, Operand.value(namespaces.get(i)), NONE);
        }
        program.call("go to " + command.folder(), Call.CHDIR, program.text(command.folder()))
                .ignoreNegative();
        Operand none = Operand.address(program.structure("no signal", new Datum.LongWord(0)));
        program.call(
                "take every signal",
                Call.RT_SIGPROCMASK,
                Operand.named("SIG_SETMASK", 2),
                none,
                NONE,
                Operand.number(Long.BYTES));
        List<String> variables = new ArrayList<>();
        command.environment().forEach((name, value) -> variables.add(name + "=" + value));
        program.call(
                "execute " + command.file(),
                Call.EXECVE,
                program.text(command.file()),
                Operand.address(program.textList("arguments", command.command())),
                Operand.address(program.textList("environment", variables)));
        program.place(program.failure());
        String failed = FAILED.formatted(command.keeper());
        program.call(
                        "say that it failed",
                        Call.WRITE,
                        Operand.number(2),
                        program.text(failed),
                        Operand.number(failed.length()))
                .ignoreNegative();
        program.call("end", Call.EXIT_GROUP, Operand.number(1));
        return program.build();
    }
}
