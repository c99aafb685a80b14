package org.berth.vm;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A virtual machine that boots, runs one command as root in this machine's tree of files (read-only by 9p, with
 * a file system in memory on top), and switches itself off. It has no network, and an empty disk for /tmp.
 */
final class Machine {
    /** How its console says the command's exit code. */
    private static final String EXIT = "berth-vm exit ";

    private static final List<String> MODULES = List.of(
            "virtio_pci",
            "9pnet_virtio",
            "9p",
            "overlay",
            "virtio_rng",
            "virtio_blk",
            "crc32c_generic",
            "ext4",
            "veth",
            "bridge",
            "nf_tables",
            "tun");
    private static final int MEGABYTES = 3072;
    private static final long DISK_BYTES = 4L << 30;
    private static final int PROCESSORS = 2;

    private final Path folder;
    private final DebianKernel kernel;

    Machine(Path folder, DebianKernel kernel) {
        this.folder = folder;
        this.kernel = kernel;
    }

    /** @return the command's exit code; empty when it did not end in time or the machine broke down */
    OptionalInt run(List<String> command, Duration time) throws IOException, InterruptedException {
        Path memory = folder.resolve("initramfs");
        initramfs(command).write(memory);
        Process machine = new ProcessBuilder(command(memory, disk()))
                .redirectErrorStream(true)
                .start();
        machine.getOutputStream().close();
        Thread timer = Thread.ofVirtual().start(() -> endAfter(machine, time));
        OptionalInt code = OptionalInt.empty();
        try (BufferedReader console = machine.inputReader(StandardCharsets.UTF_8)) {
            for (String line = console.readLine(); line != null; line = console.readLine()) {
                if (line.startsWith(EXIT)) {
                    code = OptionalInt.of(
                            Integer.parseInt(line.substring(EXIT.length()).strip()));
                } else {
                    System.out.println(line);
                }
            }
        } finally {
            timer.interrupt();
            machine.destroyForcibly().waitFor();
        }
        return code;
    }

    /** For /tmp: a file system in memory has not all that one on a disk has (extended attributes of users). */
    private Path disk() throws IOException {
        Path disk = folder.resolve("disk");
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(DISK_BYTES);
        }
        Programs.run(folder, "mkfs.ext4", "-q", "-F", disk.toString());
        return disk;
    }

    private static void endAfter(Process machine, Duration time) {
        try {
            if (!machine.waitFor(time.toSeconds(), TimeUnit.SECONDS)) {
                System.out.println("the machine did not end within " + time.toSeconds() + " s");
                machine.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // it has ended
        }
    }

    private List<String> command(Path memory, Path disk) {
        return List.of(
                "qemu-system-x86_64",
                // software emulation: it is slow, and there everywhere
                "-accel",
                "tcg,thread=multi",
                "-cpu",
                "max",
                "-smp",
                Integer.toString(PROCESSORS),
                "-m",
                Integer.toString(MEGABYTES),
                "-nodefaults",
                "-no-reboot",
                "-display",
                "none",
                "-serial",
                "stdio",
                "-fsdev",
                "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap",
                "-device",
                "virtio-9p-pci,fsdev=host,mount_tag=host",
                "-device",
                "virtio-rng-pci",
                "-drive",
                "if=virtio,format=raw,cache=unsafe,file=" + disk,
                "-kernel",
                kernel.image().toString(),
                "-initrd",
                memory.toString(),
                "-append",
                "console=ttyS0 quiet panic=-1 cgroup_no_v1=all");
    }

    private Initramfs initramfs(List<String> command) throws IOException {
        Path busybox = folder.resolve("busybox/bin/busybox");
        Initramfs archive = new Initramfs();
        for (String name : List.of("bin", "modules", "dev", "proc", "sys", "host", "rw", "new")) {
            archive.folder(name);
        }
        archive.file("bin/busybox", Files.readAllBytes(busybox));
        List<String> loads = new ArrayList<>();
        for (Path module : kernel.withDependencies(MODULES)) {
            String name = "modules/" + module.getFileName();
            archive.file(name, Files.readAllBytes(module));
            loads.add("$b insmod /" + name + " || echo 'no module " + module.getFileName() + "'");
        }
        archive.file("init", first(loads).getBytes(StandardCharsets.UTF_8));
        archive.file("second", second(command).getBytes(StandardCharsets.UTF_8));
        return archive;
    }

    private static String first(List<String> loads) {
        return """
                #!/bin/busybox sh
                b=/bin/busybox
                $b mount -t proc proc /proc
                $b mount -t sysfs sys /sys
                $b mount -t devtmpfs dev /dev
                %s
                $b mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose host /host
                $b mount -t tmpfs -o size=60%% rw /rw
                $b mkdir /rw/upper /rw/work
                $b mount -t overlay -o lowerdir=/host,upperdir=/rw/upper,workdir=/rw/work root /new
                for f in proc sys dev; do $b mount --move /$f /new/$f; done
                $b mount -t tmpfs -o mode=755 run /new/run
                $b mount -t ext4 /new/dev/vda /new/tmp && $b chmod 1777 /new/tmp
                $b mkdir -p /new/dev/pts /new/dev/shm /new/dev/mqueue
                $b mount -t devpts -o ptmxmode=0666 pts /new/dev/pts
                $b mount -t tmpfs shm /new/dev/shm
                $b mount -t mqueue mqueue /new/dev/mqueue
                $b mount -t cgroup2 cgroup2 /new/sys/fs/cgroup
                $b ifconfig lo 127.0.0.1 up
                $b cp /bin/busybox /new/run/busybox
                $b cp /second /new/run/second
                exec $b switch_root /new /run/busybox sh /run/second
                """.formatted(String.join("\n", loads));
    }

    private static String second(List<String> command) {
        return """
                export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
                cd /
                echo "kernel $(/run/busybox uname -r), control groups: $(cat /sys/fs/cgroup/cgroup.controllers)"
                %s </dev/null
                echo "%s$?"
                /run/busybox poweroff -f
                """.formatted(command.stream().map(Machine::quoted).collect(Collectors.joining(" ")), EXIT);
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
