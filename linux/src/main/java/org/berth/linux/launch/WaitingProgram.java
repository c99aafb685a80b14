package org.berth.linux.launch;

import org.berth.linux.launch.Outcome.Jump;

/**
 * A launch program that was spawned ahead of its use: it waits for a message on a socket, takes the
 * program in it into its own memory, the descriptors that come along (SCM_RIGHTS, unix(7)) as its
 * own, and goes on as that program. To spawn takes a JVM milliseconds; to send a message does not.
 *
 * <p>When the socket ends without a message, as when the sender is gone, it ends too.
 */
final class WaitingProgram {
    /** The longest program that is sent: well within a socket's standard buffer (unix(7), 208 KiB). */
    static final int IMAGE_MAX = 128 * 1024;

    /** The most descriptors that come along. */
    static final int DESCRIPTORS_MAX = 16;

    /** The control message's header, cmsg(3). */
    static final int CONTROL_HEADER_SIZE = 16;

    /** Where the socket rests: out of the way of the descriptors that are received. */
    private static final int SOCKET = 60;

    private static final int SOCKET_PASSED = Launcher.FIRST_PASSED_DESCRIPTOR;
    private static final int CONTROL_SIZE = CONTROL_HEADER_SIZE + DESCRIPTORS_MAX * Integer.BYTES;

    private WaitingProgram() {}

    /** The executable. It is passed its socket, of SOCK_SEQPACKET. */
    static byte[] executable() {
        LaunchBuilder builder = LaunchProgram.builder();
        Operand socket = Operand.number(SOCKET);
        Datum control = builder.space("control", CONTROL_SIZE);
        Datum vector = builder.structure(
                "vector", new Datum.LongWord(Interpreter.HEADER_ADDRESS), new Datum.LongWord(IMAGE_MAX));
        Datum message = builder.structure(
                "message",
                new Datum.Space(16), // no address
                new Datum.Pointer(vector.start()),
                new Datum.LongWord(1),
                new Datum.Pointer(control.start()),
                new Datum.LongWord(CONTROL_SIZE),
                new Datum.Space(8));
        Mark end = builder.mark("end");
        // what is received gets the lowest free numbers, and most of a JVM's descriptors pass an exec
        builder.call(
                "close the starter's descriptors",
                Call.CLOSE_RANGE,
                Operand.number(SOCKET_PASSED + 1),
                Operand.number(0xffffffffL),
                Operand.number(0));
        builder.call("move the socket", Call.DUP3, Operand.number(SOCKET_PASSED), socket, Operand.number(0));
        builder.call("move the socket", Call.CLOSE, Operand.number(SOCKET_PASSED));
        builder.call("receive", Call.RECVMSG, socket, Operand.address(message), Operand.number(0))
                .jump(Jump.ON_ZERO, end);
        builder.call("close the socket", Call.CLOSE, socket).ignoreNegative();
        Mark received = builder.mark("received");
        builder.place(received);
        builder.jump(end); // the encoder turns it to what was received
        builder.place(end);
        builder.place(builder.failure());
        builder.call("end", Call.EXIT_GROUP, Operand.number(0));
        return LaunchEncoder.encodeWaiting(builder.build(), received);
    }
}
