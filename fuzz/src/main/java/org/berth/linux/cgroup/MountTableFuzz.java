package org.berth.linux.cgroup;

import org.berth.base.BerthException;
import org.berth.fuzz.Texts;

/** Input: the text of /proc/self/mountinfo. */
public final class MountTableFuzz {
    private MountTableFuzz() {}

    /** Whatever was mounted under whatever name, reading the table does not fail but in our own words. */
    public static void fuzzerTestOneInput(byte[] input) {
        String text = Texts.whole(input).replace("\0", ""); // the kernel writes none
        text.lines().forEach(MountLine::parse);
        try {
            CgroupLayout.parse(text);
        } catch (BerthException e) {
            // no control groups
        }
    }
}
