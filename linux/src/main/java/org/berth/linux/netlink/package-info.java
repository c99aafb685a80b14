/**
 * Network links, addresses, routes and namespaces by rtnetlink(7): messages are written and read by
 * pure code with every length bounded, and sent over a socket of the namespace they are about. It
 * must know nothing of networks as Berth means them, of containers or of address choice.
 */
package org.berth.linux.netlink;
