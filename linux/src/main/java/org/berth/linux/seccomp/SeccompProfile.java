package org.berth.linux.seccomp;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which system calls a process may make: a verdict for each number that has one, and one for every
 * other number. x86-64 calls only; those of other tables (i386, x32) are never made.
 *
 * @param verdicts by number
 * @param otherwise for numbers without a verdict
 */
public record SeccompProfile(Map<Integer, Verdict> verdicts, Verdict.Final otherwise) {
    public SeccompProfile {
        verdicts = Collections.unmodifiableMap(new TreeMap<>(verdicts));
    }

    /**
     * The standard profile: docker's allow-list. A call that is known and not on the list gives EPERM;
     * a number that is not known gives ENOSYS, so that a C library newer than the list falls back.
     *
     * @param capabilities what the process may do, without the prefix: {@code SYS_ADMIN}; some allow
     *     the calls that are of no use without them
     */
    public static SeccompProfile standard(Set<String> capabilities) {
        return StandardCalls.profile(capabilities);
    }

    /** The verdict for a number. */
    public Verdict verdict(int number) {
        return verdicts.getOrDefault(number, otherwise);
    }
}
