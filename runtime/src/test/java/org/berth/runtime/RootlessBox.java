package org.berth.runtime;

import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.Instance;
import org.berth.linux.rootless.Rootless;
import org.berth.runtime.ContainerRuntime.StartedProcess;

/** A program that runs containers as an ordinary user and says what came of them. */
public final class RootlessBox {
    /** Looks at what differs from a container of the machine's root. */
    private static final String SCRIPT = """
            echo "id $(id -u) $(id -g)"
            echo "pid $$"
            echo written > /file && echo "file $(cat /file)"
            echo > /dev/null && echo "null $(stat -c '%F %t:%T' /dev/null)"
            head -c 8 /dev/urandom | wc -c
            cat /proc/self/status | grep -E 'NoNewPrivs|Seccomp:|CapEff'
            mknod /tmp/device c 1 3 2>/dev/null && echo device || echo 'no device'
            chown 33:33 /file && echo "owner $(stat -c %u:%g /file)"
            mount -t tmpfs tmpfs /mnt 2>/dev/null && echo mounted || echo 'not mounted'
            ls /dev
            """;

    private RootlessBox() {}

    /** Enters the user's namespaces first. */
    public static void main(String... arguments) throws Exception {
        Instance instance = Instance.fromEnvironment(System.getenv());
        if (Rootless.isOrdinary()) {
            Rootless.enter(instance, System.getenv(), System.out::println);
        }
        look(instance);
        readOnlyVolumes(instance);
        restart(instance);
        refusals(instance);
        Rootless.leave(instance);
        System.out.println("done");
        Runtime.getRuntime().exit(0);
    }

    private static void look(Instance instance) {
        try (Box box = new Box(instance)) {
            System.out.println("ended " + box.run(SCRIPT).code());
            System.out.print(box.output());
            System.out.print(box.errors());
            System.out.println("warnings " + box.runtime.warnings());
        }
    }

    private static void readOnlyVolumes(Instance instance) throws Exception {
        try (Box box = new Box(instance)) {
            java.nio.file.Path volume = java.nio.file.Files.createDirectories(box.folder.resolve("volume"));
            box.mounts(
                            new ContainerSpec.MountSpec.Bind(volume, "/data", true),
                            new ContainerSpec.MountSpec.Temporary("/scratch", "size=1m"))
                    .readOnly()
                    .run(
                            "touch /data/a 2>/dev/null || echo volume is read-only; touch /root-file 2>/dev/null || echo root"
                                    + " is read-only; touch /scratch/b && echo scratch is written");
            System.out.print(box.output());
        }
    }

    /** The process that a killed container leaves dies with it, without any group. */
    private static void restart(Instance instance) {
        try (Box box = new Box(instance)) {
            StartedProcess started = box.start("sleep 1000 & echo up; sleep 1000");
            box.awaitOutput("up");
            box.restartDaemon();
            boolean found = box.runtime.find(Box.ID).isPresent();
            System.out.println(
                    "found " + found + " " + box.runtime.processes(Box.ID).size());
            System.out.println("exec " + box.exec("echo inside $(id -u)").code() + " "
                    + box.execOutput().strip());
            box.runtime.kill(Box.ID, 9);
            System.out.println("killed "
                    + Box.await(box.runtime.find(Box.ID).orElse(started)).code());
            System.out.println("left " + UngroupedProcesses.of(started.pid()).ids());
        }
    }

    private static void refusals(Instance instance) {
        try (Box box = new Box(instance)) {
            box.start("echo up; sleep 1000");
            box.awaitOutput("up");
            List<Runnable> asked =
                    List.of(() -> box.runtime.freeze(Box.ID, true), () -> box.runtime.update(Box.ID, limited()));
            for (Runnable each : asked) {
                try {
                    each.run();
                    System.out.println("not refused");
                } catch (BerthException e) {
                    System.out.println("refused " + e.getMessage());
                }
            }
        }
    }

    private static Resources limited() {
        return new Resources(
                java.util.OptionalLong.of(64 << 20), java.util.OptionalDouble.empty(), java.util.OptionalLong.empty());
    }
}
