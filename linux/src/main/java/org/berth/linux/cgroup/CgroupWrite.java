package org.berth.linux.cgroup;

import java.nio.file.Path;

/**
 * One write(2) to a file of a control group.
 *
 * @param file the file on the host
 * @param value what is written, without a newline
 * @param optional whether a file that is not there is passed over: the kernel was built without it
 */
public record CgroupWrite(Path file, String value, boolean optional) {
    @Override
    public String toString() {
        return value + " > " + file + (optional ? " (if it is there)" : "");
    }
}
