package org.berth.builder.source;

import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** What starts an application. */
final class StartCommand {
    /** The port that a server of a plan listens on. */
    static final String PORT = "8000";

    private StartCommand() {}

    /** The Procfile's line "web: ...". */
    static Optional<List<String>> ofProcfile(SourceFolder folder) {
        return folder.text("Procfile").flatMap(text -> Procfile.command(text, "web"));
    }

    /** No command, which only will do when whoever runs the image gives one. */
    static BerthException missing(String more) {
        return new BerthException(
                ErrorCode.INVALID,
                "nothing says how to start this: expected 'command:' in compose.yaml, or a line 'web: COMMAND' in a Procfile"
                        + more);
    }
}
