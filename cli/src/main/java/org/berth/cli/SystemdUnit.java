package org.berth.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.berth.base.Instance;

/** The systemd unit of the daemon (systemd.service(5)). */
final class SystemdUnit {
    /** What this process was told that is its own, and no setting of the daemon's. */
    private static final String LAUNCHER = "BERTH_LAUNCHER";

    private SystemdUnit() {}

    /**
     * The unit's text. KillMode=process and Delegate=yes leave containers and their monitors alone
     * when the daemon stops or restarts.
     *
     * @param environment the installer's: its JDK and Berth's own settings go into the unit, for a service has neither
     */
    static String text(Path launcher, Instance instance, Map<String, String> environment) {
        Map<String, String> kept = new TreeMap<>();
        environment.forEach((name, value) -> {
            if (name.equals("JAVA_HOME") || (name.startsWith("BERTH_") && !name.equals(LAUNCHER))) {
                kept.put(name, value);
            }
        });
        kept.put("BERTH_ROOT", instance.root().toString());
        kept.put("BERTH_RUN", instance.run().toString());
        String variables = kept.entrySet().stream()
                .map(entry -> "Environment=" + quoted(entry.getKey() + "=" + entry.getValue()))
                .collect(Collectors.joining("\n"));
        return """
                [Unit]
                Description=Berth, container engine and orchestrator
                After=network-online.target
                Wants=network-online.target

                [Service]
                Type=exec
                ExecStart=%s server
                %s
                KillMode=process
                Delegate=yes
                Restart=always
                RestartSec=1
                OOMScoreAdjust=-500
                TasksMax=infinity
                LimitNOFILE=1048576

                [Install]
                WantedBy=multi-user.target
                """.formatted(quoted(launcher.toString()).replace("$", "$$"), variables);
    }

    /** One word, whatever is in it: systemd splits at blanks, and % begins a specifier (systemd.syntax(7)). */
    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("%", "%%") + "\"";
    }
}
