/**
 * The daemon's HTTP: one unix socket, a table of routes, plain replies, live streams and hijacked
 * connections, each request on a virtual thread of its own. It must know nothing of what the routes
 * are for; no other package sees the HTTP library.
 */
package org.berth.server.http;
