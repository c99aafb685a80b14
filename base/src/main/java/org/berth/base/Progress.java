package org.berth.base;

/**
 * Where long work says how far it is. Implementations must be quick and safe to call from any
 * thread.
 */
@FunctionalInterface
public interface Progress {
    /** Says nothing. */
    Progress SILENT = step -> {};

    /** Takes one step. */
    void report(Step step);

    /**
     * One thing that happened.
     *
     * @param id what it is about (a layer's short digest, a package, a build step); may be empty
     * @param status what happens to it, in a few words ("downloading", "extracting")
     * @param current how much is done, in bytes or pieces; 0 where it has no measure
     * @param total how much there is, in the same unit; 0 where it is not known
     */
    record Step(String id, String status, long current, long total) {
        /** A step with no measure. */
        public static Step of(String id, String status) {
            return new Step(id, status, 0, 0);
        }
    }
}
