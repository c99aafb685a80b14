package org.berth.runtime.oci.plan;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Mark;
import org.berth.linux.launch.Operand;
import org.berth.linux.launch.Outcome.Jump;
import org.berth.runtime.oci.plan.BundlePlacement.CopiedFile;
import org.berth.runtime.plan.Flags;
import org.berth.runtime.plan.Script;

/** What a tmpfs covers is copied into it before it is attached (tmpcopyup). */
final class CopyUp {
    private static final Operand CREATE = Operand.named("O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC", 0xa00c1);
    private static final Operand NO_FOLLOW = Operand.named("AT_SYMLINK_NOFOLLOW", 0x100);
    private static final long O_RDONLY_CLOEXEC = 0x80000;

    /**
     * What one sendfile(2) is asked to move; it moves less than 2 GiB. A file that grows without end meanwhile is
     * ended by the file system's size, or by the runtime, which waits for each phase with a limit.
     */
    private static final int PART_SIZE = 1 << 24;

    private final Script script;

    CopyUp(Script script) {
        this.script = script;
    }

    /** @param covered the folder that will be covered, open */
    void fill(String label, Datum made, Datum covered, List<CopiedFile> files) {
        Map<String, Datum> folders = new HashMap<>();
        folders.put("", made);
        for (CopiedFile file : files) {
            int slash = file.path().lastIndexOf('/');
            Datum parent = folders.getOrDefault(slash < 0 ? "" : file.path().substring(0, slash), made);
            Operand into = Operand.value(parent);
            Operand name = script.text(file.path().substring(slash + 1));
            String what = label + ": copy " + file.path();
            switch (file.kind()) {
                case FOLDER -> {
                    script.call(what, Call.MKDIRAT, into, name, mode(file));
                    Datum opened = script.slot(file.path());
                    script.call(what, Call.OPENAT, into, name, Flags.FOLDER, Flags.NONE)
                            .into(opened);
                    folders.put(file.path(), opened);
                }
                case LINK -> script.call(what, Call.SYMLINKAT, script.text(file.target()), into, name);
                case FILE -> copy(what, covered, file, into, name);
            }
            script.call(
                    what, Call.FCHOWNAT, into, name, Operand.number(file.uid()), Operand.number(file.gid()), NO_FOLLOW);
            if (file.kind() != CopiedFile.Kind.LINK) {
                script.call(what, Call.FCHMODAT, into, name, mode(file));
            }
        }
    }

    private static Operand mode(CopiedFile file) {
        return Operand.named("0" + Integer.toOctalString(file.mode()), file.mode());
    }

    private void copy(String what, Datum covered, CopiedFile file, Operand into, Operand name) {
        Datum from = script.slot(file.path());
        Datum to = script.slot("copy of " + file.path());
        Operand how = Operand.address(script.shared(
                "in root, to read",
                key -> script.builder()
                        .structure(
                                key,
                                new Datum.LongWord(O_RDONLY_CLOEXEC),
                                new Datum.LongWord(0),
                                new Datum.LongWord(Flags.RESOLVE_IN_ROOT
                                        | Flags.RESOLVE_NO_MAGICLINKS
                                        | Flags.RESOLVE_NO_SYMLINKS))));
        script.openInRoot(what, covered, file.path(), how, from);
        script.call(what, Call.OPENAT, into, name, CREATE, mode(file)).into(to);
        if (file.size() > 0) {
            Mark more = script.builder().mark("more of " + file.path());
            Mark end = script.builder().mark("end of " + file.path());
            script.builder().place(more);
            script.call(
                            what,
                            Call.SENDFILE,
                            Operand.value(to),
                            Operand.value(from),
                            Flags.NONE,
                            Operand.number(PART_SIZE))
                    .jump(Jump.ON_ZERO, end);
            script.builder().jump(more);
            script.builder().place(end);
        }
        script.close(from);
        script.close(to);
    }
}
