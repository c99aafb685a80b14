package org.berth.runtime.oci.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.FileErrors;
import org.berth.runtime.oci.config.CapabilitySets;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.config.OciProcess;
import org.berth.runtime.oci.lifecycle.Containers;
import org.berth.runtime.oci.lifecycle.ExecRequest;

/** {@code exec}: one more process in a container, as the container's own one but for what the options say. */
final class ExecCommand {
    private static final List<Option> OPTIONS = List.of(
            Option.flag("help,h"),
            Option.value("process,p"),
            Option.value("cwd"),
            Option.value("env,e"),
            Option.flag("tty,t"),
            Option.value("user,u"),
            Option.value("additional-gids,g"),
            Option.flag("detach,d"),
            Option.value("pid-file"),
            Option.value("process-label"),
            Option.value("apparmor"),
            Option.flag("no-new-privs"),
            Option.value("cap,c"),
            Option.value("preserve-fds"),
            Option.value("console-socket"),
            Option.value("cgroup"),
            Option.value("pidfd-socket"),
            Option.flag("ignore-paused"));

    private final Containers containers;
    private final Journal journal;

    ExecCommand(Containers containers, Journal journal) {
        this.containers = containers;
        this.journal = journal;
    }

    int run(List<String> given) {
        Words words = Words.read("exec", OPTIONS, given, false);
        String id = words.word("exec", 0, "the container's id");
        ExecRequest request = new ExecRequest(
                id,
                words.value("process").map(ExecCommand::read),
                container -> changed(words, container),
                words.value("console-socket").map(ExecCommand::path),
                words.value("pid-file").map(ExecCommand::path),
                words.value("pidfd-socket").map(ExecCommand::path),
                words.number("preserve-fds").orElse(0L).intValue(),
                words.value("cgroup"),
                words.has("ignore-paused"),
                !words.has("detach"));
        journal.debug("exec in " + id);
        return containers.exec(request);
    }

    private static Path path(String text) {
        return Path.of(text).toAbsolutePath();
    }

    private static OciProcess read(String file) {
        try {
            return OciConfig.parseProcess(Files.readAllBytes(Path.of(file)));
        } catch (IOException e) {
            throw FileErrors.of("read " + file, e);
        }
    }

    /** The container's process with what the options say. */
    private static OciProcess changed(Words words, OciProcess process) {
        List<String> arguments = words.rest().subList(1, words.rest().size());
        if (arguments.isEmpty()) {
            throw new BerthException(ErrorCode.INVALID, "exec: the command is missing; or name a --process file");
        }
        List<String> environment = new ArrayList<>(process.environment());
        environment.addAll(words.values("env"));
        return new OciProcess(
                words.has("tty"),
                process.consoleSize(),
                user(words, process.user()),
                arguments,
                environment,
                words.value("cwd").orElse(process.cwd()),
                capabilities(words, process.capabilities()),
                process.limits(),
                words.value("no-new-privs").map(value -> !value.equals("false")).orElse(process.noNewPrivileges()),
                process.oomScoreAdjust(),
                words.value("apparmor").or(process::apparmorProfile),
                words.value("process-label").or(process::selinuxLabel),
                process.scheduler(),
                process.ioPriority(),
                process.cpuAffinity());
    }

    private static OciProcess.User user(Words words, OciProcess.User user) {
        Optional<String> given = words.value("user");
        List<Long> groups = new ArrayList<>(user.additionalGids());
        words.values("additional-gids").forEach(gid -> groups.add(id(gid)));
        if (given.isEmpty()) {
            return new OciProcess.User(user.uid(), user.gid(), user.umask(), groups);
        }
        String[] parts = given.get().split(":", 2);
        long gid = parts.length > 1 ? id(parts[1]) : user.gid();
        return new OciProcess.User(id(parts[0]), gid, user.umask(), groups);
    }

    private static long id(String text) {
        try {
            long id = Long.parseLong(text);
            if (id >= 0 && id < 0xffff_ffffL) {
                return id;
            }
        } catch (NumberFormatException e) {
            // as any other text
        }
        throw new BerthException(
                ErrorCode.INVALID, "exec: expected the number of a user or group, found \"" + text + "\"");
    }

    private static CapabilitySets capabilities(Words words, CapabilitySets sets) {
        Set<Integer> added = new HashSet<>();
        for (String name : words.values("cap")) {
            added.add(CapabilitySets.number(name)
                    .orElseThrow(() ->
                            new BerthException(ErrorCode.INVALID, "exec: there is no capability \"" + name + "\"")));
        }
        return added.isEmpty() ? sets : sets.with(added);
    }
}
