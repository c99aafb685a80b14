package org.berth.compose;

/**
 * A secret of a project: its content stays in the file, and is in no model, argument or log.
 *
 * @param file the host's file, absolute
 */
public record ProjectSecret(String file) {}
