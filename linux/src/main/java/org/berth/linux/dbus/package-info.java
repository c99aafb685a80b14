/**
 * As much of D-Bus (dbus.freedesktop.org/doc/dbus-specification.html) as asking systemd for a scope takes: values,
 * messages, a connection to a bus or to systemd itself. It must know nothing of control groups.
 */
package org.berth.linux.dbus;
