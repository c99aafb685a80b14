package org.berth.cli;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.berth.base.Instance;
import org.berth.base.Json;

/**
 * Loads what commands use, so that the ahead-of-time cache holds it (the launcher runs this once
 * after a build). It touches nothing.
 */
final class WarmUp {
    private WarmUp() {}

    static int run() {
        Main.commandLine().usage(new PrintWriter(new StringWriter()));
        Main.commandLine().parseArgs("ps", "--json");
        Main.commandLine().parseArgs("up", "--quiet");
        Daemon.answers(Instance.fromEnvironment(System.getenv()));
        Json.MAPPER.writeValueAsString(Json.MAPPER.readTree("{\"a\":[1,true,null,\"b\"]}"));
        new Table("A").row("b").print(80);
        new PlainView(new java.io.PrintStream(OutputStream.nullOutputStream()))
                .show(Json.MAPPER.readTree("{\"type\":\"service\",\"service\":\"a\",\"state\":\"ready\"}"));
        return 0;
    }
}
