package org.berth.runtime.oci.lifecycle;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a command that creates a container is told besides its bundle.
 *
 * @param config the configuration's file; relative to the bundle
 * @param consoleSocket takes the terminal's master
 * @param pidFile takes the first process's id
 * @param pidDescriptorSocket takes a descriptor of the first process (pidfd_open(2))
 * @param preservedDescriptors how many from 3 on the container's process gets
 * @param noPivot whether the root is entered by chroot: for a root in the initial ramdisk
 * @param noNewKeyring whether the session's keyring is kept
 * @param manager who makes the control groups
 * @param waits whether the command stays with the container, and relays its terminal
 */
public record CreateRequest(
        String id,
        Path bundle,
        String config,
        Optional<Path> consoleSocket,
        Optional<Path> pidFile,
        Optional<Path> pidDescriptorSocket,
        int preservedDescriptors,
        boolean noPivot,
        boolean noNewKeyring,
        GroupManager manager,
        boolean waits) {}
