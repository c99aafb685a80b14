package org.berth.control;

/**
 * A port as it is published.
 *
 * @param address the host's
 * @param hostPort as it was chosen
 * @param protocol "tcp" or "udp"
 */
public record PublishedPort(String address, int hostPort, int containerPort, String protocol) {}
