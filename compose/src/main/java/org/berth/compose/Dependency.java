package org.berth.compose;

/**
 * What must be so of another service before a task of this one starts.
 *
 * @param service the other service
 */
public record Dependency(String service, Condition condition) {
    /** What is waited for. */
    public enum Condition {
        /** It runs ({@code service_started}). */
        STARTED,
        /** Its health check passes ({@code service_healthy}). */
        HEALTHY,
        /** It ran to its end with exit code 0 ({@code service_completed_successfully}). */
        COMPLETED
    }
}
