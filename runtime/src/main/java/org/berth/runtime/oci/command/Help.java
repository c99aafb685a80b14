package org.berth.runtime.oci.command;

/** What {@code berth oci} says of itself. */
final class Help {
    private static final String TEXT = """
            usage: berth oci [global options] command [options] [arguments]

            commands, as runc's (runc(8)):
              create [-b BUNDLE] [--console-socket S] [--pid-file F] [--pidfd-socket S] [--preserve-fds N] [--no-pivot] [--no-new-keyring] ID
              start ID
              run [options of create] [-d] [--keep] ID
              exec [-t] [-d] [-u UID[:GID]] [-e NAME=VALUE] [--cwd DIR] [--cap CAP] [-p FILE] [--cgroup PATH] ID [COMMAND...]
              kill [--all] ID [SIGNAL]
              delete [--force] ID
              state ID
              list [-f table|json] [-q]
              ps [-f table|json] ID
              pause ID | resume ID
              update [-r FILE|-] [--memory N] [--cpu-quota N] [--pids-limit N] ... ID
              events [--stats] [--interval TIME] ID
              spec [-b BUNDLE] [--rootless]
              features

            global options:
              --root DIR                 where containers' states are (/run/berth-oci, or $XDG_RUNTIME_DIR/berth-oci)
              --log FILE                 where errors go besides standard error
              --log-format text|json
              --debug
              --systemd-cgroup           control groups are made by systemd
              --cgroup-manager cgroupfs|systemd|disabled
              --version""";

    private Help() {}

    static int print() {
        System.out.println(TEXT);
        return 0;
    }

    static int version() {
        System.out.println("berth oci version 0.1.0");
        System.out.println("spec: 1.3.0");
        // which of the things a runtime may be built without are there, in crun's form
        System.out.println("+SYSTEMD +SELINUX +APPARMOR +CAP +SECCOMP +EBPF");
        return 0;
    }
}
