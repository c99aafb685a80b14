package org.berth.linux.cgroup;

import java.nio.file.Path;

/**
 * One write(2) that sets something.
 *
 * @param setting what it sets, in words, for errors: "memory limit"
 * @param value what is written, without a newline
 * @param missing what is done when the file is not there
 */
record ResourceWrite(String setting, Path file, String value, Missing missing) {
    /** What a file that is not there means. */
    sealed interface Missing {
        /** The kernel can't do it, and this is why: "this kernel has no swap accounting". */
        record Refused(String reason) implements Missing {}

        /** It is as wanted without. */
        record Passed() implements Missing {}

        /** Another file does it. */
        record Instead(ResourceWrite other) implements Missing {}
    }

    @Override
    public String toString() {
        return value + " > " + file
                + switch (missing) {
                    case Missing.Refused _ -> "";
                    case Missing.Passed _ -> " (if it is there)";
                    case Missing.Instead(ResourceWrite other) -> " or " + other;
                };
    }
}
