/**
 * The daemon: one instance's folders, lock, socket and life, and the wiring of engine, control and
 * the two APIs. It must know nothing of the terminal.
 */
package org.berth.server;
