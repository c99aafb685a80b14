package org.berth.linux.launch;

/**
 * The name of a position in a program that steps may jump to.
 *
 * @param number its place in its program's list of marks
 * @param name how the printer calls it; several of one name get numbers there
 */
public record Mark(int number, String name) {}
