package org.berth.runtime.plan;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.berth.linux.launch.Call;
import org.berth.linux.launch.Datum;
import org.berth.linux.launch.Operand;
import org.berth.runtime.Isolation.Device;

/** The nodes of devices that a container has besides those of every container; made before its /dev is attached. */
final class Devices {
    private static final String DEV = "/dev/";
    private static final int S_IFCHR = 0020000;
    private static final int S_IFBLK = 0060000;

    private final Script script;
    private final Datum dev;

    Devices(Script script, Datum dev) {
        this.script = script;
        this.dev = dev;
    }

    /** What every container has already is passed over. */
    void make(List<Device> devices) {
        Set<String> folders = new HashSet<>();
        for (Device device : devices) {
            String name = device.path().substring(DEV.length());
            if (!StandardMounts.isTaken(name)) {
                for (int slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
                    makeFolder(name.substring(0, slash), folders);
                }
                make(name, device);
            }
        }
    }

    private void makeFolder(String name, Set<String> made) {
        if (made.add(name)) {
            script.call(
                    "make /dev/" + name,
                    Call.MKDIRAT,
                    Operand.value(dev),
                    script.text(name),
                    Operand.named("0755", 0755));
        }
    }

    private void make(String name, Device device) {
        String label = "make " + device.path();
        int type = device.kind() == 'b' ? S_IFBLK : S_IFCHR;
        String words = (device.kind() == 'b' ? "S_IFBLK|0" : "S_IFCHR|0") + Integer.toOctalString(device.mode());
        script.call(
                label,
                Call.MKNODAT,
                Operand.value(dev),
                script.text(name),
                Operand.named(words, type | device.mode()),
                Operand.named(device.major() + ":" + device.minor(), number(device.major(), device.minor())));
        if (device.uid() != 0 || device.gid() != 0) {
            script.call(
                    label + " its user's",
                    Call.FCHOWNAT,
                    Operand.value(dev),
                    script.text(name),
                    Operand.number(device.uid()),
                    Operand.number(device.gid()),
                    Flags.NONE);
        }
    }

    /** The kernel's 32 bits of a device's number (linux/kdev_t.h, new_encode_dev). */
    private static long number(long major, long minor) {
        return (minor & 0xff) | major << 8 | (minor & ~0xffL) << 12;
    }
}
