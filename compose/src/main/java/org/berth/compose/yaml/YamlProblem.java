package org.berth.compose.yaml;

/** What is wrong at a place. */
public record YamlProblem(Position position, String message) {}
