package org.berth.runtime.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.berth.base.Instance;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Goal: every option of a mount has its effect, and no destination leads out of the root or into /proc. */
@KernelTest
class BundleMountsKernelTest {
    /** The options of the mount on a path, as the kernel shows them. */
    private static String options(String path) {
        return "awk '$5 == \"" + path + "\" {print $6}' /proc/self/mountinfo; ";
    }

    private static String spread(String path) {
        return "awk '$5 == \"" + path + "\" {print $7}' /proc/self/mountinfo | cut -d: -f1; ";
    }

    private static Path source(Instance instance) throws IOException {
        Path source = instance.root().resolve("source");
        Files.createDirectories(source.resolve("below"));
        Files.writeString(source.resolve("file"), "content");
        return source;
    }

    private static void delete(Path source) throws IOException {
        try (var files = Files.walk(source)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
    }

    @Test
    void attributesOfNewFileSystemsAndBinds(Instance instance) throws Exception {
        Path source = source(instance);
        try (OciBox box = new OciBox(instance)) {
            box.mount("{\"destination\": \"/a\", \"type\": \"tmpfs\", \"source\": \"tmpfs\","
                            + "\"options\": [\"ro\", \"nosuid\", \"nodev\", \"noexec\", \"noatime\", \"mode=711\"]}")
                    .mount("{\"destination\": \"/b\", \"type\": \"bind\", \"source\": \"" + source
                            + "\", \"options\": [\"rbind\", \"ro\", \"nodev\", \"nosymfollow\", \"nodiratime\"]}")
                    .mount("{\"destination\": \"c/d\", \"source\": \"" + source + "/file\", \"options\": [\"bind\"]}");
            String out = box.run(options("/a") + options("/b") + options("/c/d")
                    + "stat -c %a /a; cat /b/file /c/d; touch /b/x; touch /a/x");
            assertThat(out)
                    .startsWith("ro,nosuid,nodev,noexec,noatime\nro,nodev,nodiratime,relatime,nosymfollow\nrw,")
                    .contains("\n711\n")
                    .contains("contentcontent")
                    .contains("touch: /b/x: Read-only file system")
                    .contains("touch: /a/x: Read-only file system");
        } finally {
            delete(source);
        }
    }

    @Test
    void recursiveAttributesReachTheMountsBelow(Instance instance) throws Exception {
        Path source = source(instance);
        try (OciBox inner = new OciBox(instance, "inner")) {
            // the tree with a mount below it is another container's root
            inner.arguments("sleep", "100");
            assertThat(inner.create()).isEmpty();
            try (OciBox box = new OciBox(instance)) {
                String root = "/proc/" + inner.pid() + "/root/dev";
                box.mount("{\"destination\": \"/plain\", \"source\": \"" + source
                        + "\", \"options\": [\"rbind\", \"rro\", \"rnosuid\", \"rnoatime\"]}");
                assertThat(root).isNotEmpty();
                assertThat(box.run(options("/plain"))).isEqualTo("ro,nosuid,noatime");
            }
        } finally {
            delete(source);
        }
    }

    @Test
    void propagationAsAsked(Instance instance) throws Exception {
        Path source = source(instance);
        try (OciBox box = new OciBox(instance)) {
            for (String how : new String[] {"shared", "slave", "private", "unbindable", "rshared", "rprivate"}) {
                box.mount("{\"destination\": \"/" + how + "\", \"source\": \"" + source
                        + "\", \"options\": [\"rbind\", \"" + how + "\"]}");
            }
            assertThat(box.run(spread("/shared")
                            + spread("/private")
                            + spread("/unbindable")
                            + spread("/rshared")
                            + spread("/rprivate")
                            + spread("/")))
                    .isEqualTo("shared\n-\nunbindable\nshared\n-\n-");
        } finally {
            delete(source);
        }
    }

    @Test
    void theRootSpreadsAsAsked(Instance instance) {
        for (String how : new String[] {"shared", "unbindable", "private", "slave"}) {
            try (OciBox box = new OciBox(instance)) {
                box.linux("rootfsPropagation", "\"" + how + "\"");
                String expected = how.equals("private") || how.equals("slave") ? "-" : how;
                assertThat(box.run(spread("/"))).as(how).isEqualTo(expected);
            }
        }
    }

    @Test
    void aTmpfsIsFilledWithWhatItCovers(Instance instance) throws Exception {
        try (OciBox box = new OciBox(instance)) {
            Files.createDirectories(box.root.resolve("data/deep"));
            Files.writeString(box.root.resolve("data/deep/file"), "copied");
            Files.createSymbolicLink(box.root.resolve("data/link"), Path.of("deep/file"));
            int parts = (1 << 24) + 5; // more than one system call is asked to move
            Files.write(box.root.resolve("data/large"), new byte[parts]);
            box.root.resolve("data/deep/file").toFile().setExecutable(true, false);
            box.mount("{\"destination\": \"/data\", \"type\": \"tmpfs\", \"options\": [\"tmpcopyup\", \"ro\"]}");
            assertThat(box.run(
                            "cat /data/link; echo; stat -f -c %T /data; stat -c %a /data/deep/file; stat -c %s /data/large;"
                                    + options("/data")))
                    .isEqualTo("copied\ntmpfs\n755\n" + parts + "\nro,relatime");
        }
    }

    @Test
    void aReadOnlyRoot(Instance instance) throws Exception {
        try (OciBox box = new OciBox(instance)) {
            ((tools.jackson.databind.node.ObjectNode) box.config.get("root")).put("readonly", true);
            box.mount("{\"destination\": \"/new/place\", \"type\": \"tmpfs\"}");
            box.mount("{\"destination\": \"/result\", \"source\": \"rootfs/tmp\", \"options\": [\"bind\"]}");
            box.arguments("sh", "-c", "exec >/result/out 2>&1; touch /x; touch /new/place/x && echo written");
            assertThat(box.create()).isEmpty();
            assertThat(box.start()).isEmpty();
            box.await();
            assertThat(OciBox.text(box.root.resolve("tmp/out")))
                    .isEqualTo("touch: /x: Read-only file system\nwritten\n");
        }
    }

    @Test
    void destinationsStayInTheRoot(Instance instance) throws Exception {
        Path source = source(instance);
        Path outside = instance.root().resolve("outside");
        Files.createDirectories(outside);
        try (OciBox box = new OciBox(instance)) {
            Files.createSymbolicLink(box.root.resolve("absolute"), outside);
            Files.createSymbolicLink(box.root.resolve("up"), Path.of("../../../outside"));
            Files.createDirectories(box.root.resolve(outside.toString().substring(1)));
            Files.createDirectory(box.root.resolve("outside"));
            box.mount("{\"destination\": \"/absolute/x\", \"source\": \"" + source + "\", \"options\": [\"bind\"]}")
                    .mount("{\"destination\": \"/up/y\", \"source\": \"" + source + "/file\", \"options\": [\"bind\"]}")
                    .mount("{\"destination\": \"/../../../outside/z\", \"type\": \"tmpfs\"}");
            assertThat(box.run("ls /absolute; ls -d /outside/*; true"))
                    .contains("x")
                    .contains("/outside/y")
                    .contains("/outside/z");
            assertThat(outside).isEmptyDirectory();
        } finally {
            Files.delete(outside);
            delete(source);
        }
    }

    @Test
    void nothingIsMountedOverProc(Instance instance) throws Exception {
        Path source = source(instance);
        for (String destination : new String[] {"/proc", "/proc/self/attr", "/link/self"}) {
            try (OciBox box = new OciBox(instance)) {
                Files.createSymbolicLink(box.root.resolve("link"), Path.of("proc"));
                box.arguments("true");
                box.mount("{\"destination\": \"" + destination + "\", \"source\": \"" + source
                        + "\", \"options\": [\"bind\"]}");
                assertThat(box.create())
                        .as(destination)
                        .isPresent()
                        .get()
                        .asString()
                        .contains("proc");
            }
        }
        try (OciBox box = new OciBox(instance)) {
            box.mount("{\"destination\": \"/proc/uptime\", \"source\": \"" + source
                    + "/file\", \"options\": [\"bind\"]}");
            assertThat(box.run("cat /proc/uptime")).isEqualTo("content");
        }
        delete(source);
    }

    @Test
    void aLinkInThePlaceOfProcOrSysIsRefused(Instance instance) throws Exception {
        for (String name : new String[] {"proc", "sys"}) {
            try (OciBox box = new OciBox(instance)) {
                box.arguments("true");
                Files.delete(box.root.resolve(name));
                Files.createSymbolicLink(box.root.resolve(name), Path.of("tmp"));
                assertThat(box.create()).as(name).isPresent().get().asString().contains("must be an ordinary folder");
            }
        }
    }

    @Test
    void anIdMappedMountShowsOtherOwners(Instance instance) throws Exception {
        Path source = source(instance);
        Process sleeper = new ProcessBuilder("unshare", "--user", "sleep", "100").start();
        try (OciBox box = new OciBox(instance);
                var arena = java.lang.foreign.Arena.ofConfined()) {
            long pid = sleeper.pid();
            org.berth.testing.Await.until(
                    "it has its namespace",
                    java.time.Duration.ofSeconds(10),
                    () -> !Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/user"))
                            .equals(Files.readSymbolicLink(Path.of("/proc/self/ns/user"))));
            Files.writeString(Path.of("/proc/" + pid + "/uid_map"), "0 1000 10\n");
            Files.writeString(Path.of("/proc/" + pid + "/gid_map"), "0 2000 10\n");
            long path = SystemCalls.text(arena, "/proc/" + pid + "/ns/user").address();
            Descriptor namespace = new Descriptor((int) SystemCalls.call("open", SystemCallNumber.OPEN, path, 0x80000));
            String maps = "\"uidMappings\": [{\"containerID\": 0, \"hostID\": 1000, \"size\": 10}],"
                    + "\"gidMappings\": [{\"containerID\": 0, \"hostID\": 2000, \"size\": 10}]";
            box.idMap(namespace)
                    .mount("{\"destination\": \"/mapped\", \"source\": \"" + source
                            + "\", \"options\": [\"bind\", \"idmap\"]," + maps + "}");
            assertThat(box.run("stat -c '%u %g' /mapped/file")).isEqualTo("1000 2000");
            namespace.close();
        } finally {
            sleeper.destroyForcibly().waitFor();
            delete(source);
        }
    }

    @Test
    void withoutPivotTheHostIsOutOfReachToo(Instance instance) {
        try (OciBox box = new OciBox(instance)) {
            box.withoutPivot();
            assertThat(box.run(
                            "ls /; ls /bin/busybox; cat /proc/1/mountinfo | wc -l >/dev/null; readlink /proc/1/root"))
                    .startsWith("bin\ndev\netc\n")
                    .contains("/bin/busybox");
        }
    }
}
