package org.berth.cli;

import java.nio.file.Path;
import org.berth.base.Instance;

/** The daemon as a systemd service (systemd.service(5), systemd.kill(5)). */
final class SystemdUnit {
    private SystemdUnit() {}

    /**
     * The unit's text. KillMode=process and Delegate=yes leave containers and their monitors alone
     * when the daemon stops or restarts.
     */
    static String text(Path launcher, Instance instance) {
        return """
                [Unit]
                Description=Berth, container engine and orchestrator
                Documentation=file:%s
                After=network-online.target
                Wants=network-online.target

                [Service]
                ExecStart=%s server
                Environment=BERTH_ROOT=%s
                Environment=BERTH_RUN=%s
                KillMode=process
                Delegate=yes
                Restart=always
                RestartSec=1
                OOMScoreAdjust=-500
                TasksMax=infinity
                LimitNOFILE=1048576

                [Install]
                WantedBy=multi-user.target
                """.formatted(launcher.resolveSibling("README.md"), launcher, instance.root(), instance.run());
    }
}
