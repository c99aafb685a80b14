package org.berth.linux.launch;

/** The name of a position in a program that steps may jump to. */
public record Mark(String name) {}
