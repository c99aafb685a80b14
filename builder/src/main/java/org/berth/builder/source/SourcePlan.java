package org.berth.builder.source;

/**
 * How a folder becomes an image: a Dockerfile, which a user can keep and build with the same result.
 *
 * @param language "Python"
 * @param dockerfile the text
 */
public record SourcePlan(String language, String dockerfile) {}
