package org.berth.runtime.oci.plan;

/**
 * What a launch program says, in one byte, on the socket that is passed to it first, and waits for
 * {@link #GO_ON}; the socket's end makes it give up.
 */
public enum SyncMessage {
    /** A user namespace was made: its maps are to be written. */
    USER_NAMESPACE('u'),
    /** The namespaces are there, nothing is mounted: hooks prestart and createRuntime, network devices. */
    NAMESPACES('n'),
    /** Everything is mounted, the host's tree is still the root: hooks createContainer. */
    MOUNTED('c'),
    /** A filter is loaded; its listener is at {@link BundleDescriptors#LISTENER}, to be taken. */
    LISTENER('s'),
    /** All is ready; the terminal's master is at {@link BundleDescriptors#TERMINAL}. The socket is closed after. */
    READY('r');

    /** The answer to each. */
    public static final byte GO_ON = 'g';

    private final char letter;

    SyncMessage(char letter) {
        this.letter = letter;
    }

    /** The byte on the socket. */
    public byte letter() {
        return (byte) letter;
    }
}
