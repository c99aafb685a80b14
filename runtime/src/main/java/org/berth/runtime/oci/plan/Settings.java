package org.berth.runtime.oci.plan;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;
import org.berth.runtime.oci.config.LinuxPart;
import org.berth.runtime.oci.config.Namespace.Kind;
import org.berth.runtime.oci.config.OciConfig;
import org.berth.runtime.oci.config.OciProcess;
import org.berth.runtime.oci.config.Validation;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Namespaces;
import org.berth.runtime.plan.Script;

/**
 * Names and settings of the namespaces. Files of /proc are written through the host's own procfs,
 * verified and by descriptor, before anything of the image or of another container is mounted; no
 * link and no other mount is followed (CVE-2025-52881).
 */
final class Settings {
    private static final int PROC_SUPER_MAGIC = 0x9fa0;
    private static final int STATFS_SIZE = 120;
    private static final long O_WRONLY_CLOEXEC = 0x80001;
    private static final long RESOLVE_NO_XDEV = 0x01;

    private final Script script;

    Settings(Script script) {
        this.script = script;
    }

    /** Host and domain name, loopback, sysctls. */
    void write(OciConfig config) {
        config.hostname()
                .ifPresent(name -> script.call(
                        "name the host " + name, Call.SETHOSTNAME, script.text(name), Operand.number(length(name))));
        config.domainname()
                .ifPresent(name -> script.call(
                        "name the domain " + name,
                        Call.SETDOMAINNAME,
                        script.text(name),
                        Operand.number(length(name))));
        LinuxPart linux = config.linux();
        if (linux.makes(Kind.NETWORK)) {
            new Namespaces(script).raiseLoopback();
        }
        if (!linux.sysctl().isEmpty()) {
            Datum proc = processFiles();
            linux.sysctl().forEach((key, value) -> set(proc, key, value));
        }
    }

    private static int length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** The host's /proc, open. */
    Datum processFiles() {
        return script.shared("proc", name -> {
            Datum proc = script.open("open /proc", "/proc", Flags.FOLDER);
            Datum status = script.builder().space("file system of /proc", STATFS_SIZE);
            script.call("check /proc", Call.FSTATFS, Operand.value(proc), Operand.address(status));
            Mark verified = script.builder().mark("/proc is a procfs");
            script.builder()
                    .compare("check /proc", Operand.value(status), Operand.named("PROC_SUPER_MAGIC", PROC_SUPER_MAGIC))
                    .ignoreNegative()
                    .jump(Jump.ON_ZERO, verified);
            script.call("check /proc: it is no procfs", Call.COMPUTE).failOnZero();
            script.builder().place(verified);
            return proc;
        });
    }

    private void set(Datum proc, String key, String value) {
        String label = "set the sysctl " + key + " to " + value;
        Datum file = script.slot(key);
        Datum how = script.shared(
                "to write, no links, no other mount",
                name -> script.builder()
                        .structure(
                                name,
                                new Datum.LongWord(O_WRONLY_CLOEXEC),
                                new Datum.LongWord(0),
                                new Datum.LongWord(Flags.RESOLVE_IN_ROOT
                                        | Flags.RESOLVE_NO_MAGICLINKS
                                        | Flags.RESOLVE_NO_SYMLINKS
                                        | RESOLVE_NO_XDEV)));
        script.openInRoot(label, proc, "/sys/" + Validation.sysctlFile(key), Operand.address(how), file);
        script.call(label, Call.WRITE, Operand.value(file), script.text(value), Operand.number(length(value)));
        script.close(file);
    }

    /** A file of this process in the host's /proc: "oom_score_adj". */
    void ofProcess(String file, String value, boolean mustSucceed) {
        String label = "set " + file + " to " + value;
        Datum opened = script.slot(file);
        var open = script.call(
                        label, Call.OPENAT, Flags.HERE, script.text("/proc/self/" + file), Flags.WRITE, Flags.NONE)
                .into(opened);
        var write = script.call(
                label, Call.WRITE, Operand.value(opened), script.text(value), Operand.number(length(value)));
        if (!mustSucceed) {
            open.ignoreNegative();
            write.ignoreNegative();
        }
    }

    /** The host's /proc, open, where a process that joins has labels to be set by it. */
    Optional<Datum> labelsFiles(OciProcess process) {
        boolean labelled =
                process.apparmorProfile().isPresent() || process.selinuxLabel().isPresent();
        return labelled ? Optional.of(processFiles()) : Optional.empty();
    }

    /** The labels of the program that this process executes next. @param proc as {@link #labelsFiles} gave it */
    void label(Datum proc, OciProcess process) {
        process.apparmorProfile().ifPresent(name -> label(proc, "apparmor/exec", "exec " + name));
        process.selinuxLabel().ifPresent(label -> label(proc, "exec", label));
    }

    /** A label for the program that this process executes next. @param proc the host's /proc, open */
    private void label(Datum proc, String file, String value) {
        String label = "set the label " + value;
        Datum opened = script.slot(file);
        script.call(label, Call.OPENAT, Operand.value(proc), script.text("self/attr/" + file), Flags.WRITE, Flags.NONE)
                .into(opened);
        script.call(label, Call.WRITE, Operand.value(opened), script.text(value), Operand.number(length(value)));
    }
}
