package org.berth.runtime.oci;

import static org.assertj.core.api.Assertions.assertThat;

import org.berth.base.Instance;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;

/** Goal: each part of config.json has its effect. Method: bundles of busybox that look around themselves. */
@KernelTest
class BundleKernelTest {
    @Test
    void aPlainBundleRuns(Instance instance) {
        try (OciBox box = new OciBox(instance)) {
            String out = box.run("id -u; hostname; echo $$; ls /; cat /proc/self/cgroup | cut -d: -f3 | sort -u");
            assertThat(out).startsWith("0\nbox\n1\nbin\ndev\n");
            assertThat(box.said).containsExactly("NAMESPACES", "MOUNTED", "READY");
        }
    }

    @Test
    void aUserNamespaceIsMapped(Instance instance) {
        try (OciBox box = new OciBox(instance)) {
            box.namespace("user", "")
                    .linux("uidMappings", "[{\"containerID\": 0, \"hostID\": 0, \"size\": 65536}]")
                    .linux("gidMappings", "[{\"containerID\": 0, \"hostID\": 0, \"size\": 65536}]");
            String out = box.run("cat /proc/self/uid_map; ls -l /dev/null; echo x >/dev/null; ls /sys/class/net");
            assertThat(out).containsPattern("^0 +0 +65536").contains("lo");
        }
    }
}
