package org.berth.builder.source;

/**
 * How a folder becomes an image: a Dockerfile, which a user can keep and build with the same result.
 *
 * @param language "Python"
 * @param dockerfile the text
 */
public record SourcePlan(String language, String dockerfile) {
    /** Without mounts, which make a build quicker and nothing else of the image. */
    public String plain() {
        return dockerfile.replaceAll("--mount=\\S+ (?:\\\\\\n    )?", "");
    }
}
