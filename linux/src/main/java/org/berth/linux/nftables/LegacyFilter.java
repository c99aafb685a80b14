package org.berth.linux.nftables;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.berth.linux.Descriptor;
import org.berth.linux.SystemCallException;
import org.berth.linux.SystemCallNumber;
import org.berth.linux.SystemCalls;

/**
 * The filter table of the packet filter before nftables, which libnftables does not list: as
 * {@code iptables-legacy} makes it (linux/netfilter_ipv4/ip_tables.h, x86-64 layout). Only read.
 *
 * @param inputDrops whether packets to this host are dropped that no rule decides about
 * @param forwardDrops the same for packets that pass through
 * @param rules the kernel's own form of all rules, byte for character
 */
public record LegacyFilter(boolean inputDrops, boolean forwardDrops, String rules) {
    private static final Path TABLES = Path.of("/proc/thread-self/net/ip_tables_names");
    private static final String TABLE = "filter";

    private static final int AF_INET = 2;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
    private static final int IPPROTO_RAW = 255;
    private static final int IPPROTO_IP = 0;
    private static final int IPT_SO_GET_INFO = 64;
    private static final int IPT_SO_GET_ENTRIES = 65;

    private static final int NAME_BYTES = 32;
    private static final int INFORMATION_BYTES = 84;
    private static final int UNDERFLOWS_OFFSET = 56;
    private static final int SIZE_OFFSET = 80;
    private static final int ENTRIES_OFFSET = 40;
    private static final int TARGET_OFFSET_OFFSET = 88;
    private static final int VERDICT_OFFSET = 32;
    private static final int HOOK_INPUT = 1;
    private static final int HOOK_FORWARD = 2;
    private static final int VERDICT_DROP = -1;

    /** The largest table that is read, in bytes. */
    private static final int TABLE_BYTES_MAX = 64 * 1024 * 1024;

    /** The table of the calling thread's network namespace; asking for one that is not there would make it. */
    public static Optional<LegacyFilter> read() {
        if (!exists()) {
            return Optional.empty();
        }
        try (Descriptor socket = new Descriptor((int) SystemCalls.call(
                        "open a raw socket", SystemCallNumber.SOCKET, AF_INET, SOCK_RAW_CLOEXEC, IPPROTO_RAW));
                Arena arena = Arena.ofConfined()) {
            MemorySegment information = arena.allocate(INFORMATION_BYTES, 8);
            information.setString(0, TABLE);
            option(arena, socket, IPT_SO_GET_INFO, information);
            int size = information.get(ValueLayout.JAVA_INT, SIZE_OFFSET);
            if (size <= 0 || size > TABLE_BYTES_MAX) {
                return Optional.empty();
            }
            MemorySegment table = arena.allocate(ENTRIES_OFFSET + (long) size, 8);
            table.setString(0, TABLE);
            table.set(ValueLayout.JAVA_INT, NAME_BYTES, size);
            option(arena, socket, IPT_SO_GET_ENTRIES, table);
            MemorySegment entries = table.asSlice(ENTRIES_OFFSET, size);
            return Optional.of(new LegacyFilter(
                    drops(entries, underflow(information, HOOK_INPUT)),
                    drops(entries, underflow(information, HOOK_FORWARD)),
                    new String(entries.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1)));
        } catch (SystemCallException e) {
            return Optional.empty(); // changed between the two questions (EAGAIN): nothing to be sure of
        }
    }

    private static boolean exists() {
        try {
            return Files.isReadable(TABLES) && Files.readString(TABLES).lines().anyMatch(TABLE::equals);
        } catch (IOException e) {
            return false;
        }
    }

    private static void option(Arena arena, Descriptor socket, int name, MemorySegment value) {
        MemorySegment length = arena.allocate(4, 4);
        length.set(ValueLayout.JAVA_INT, 0, (int) value.byteSize());
        SystemCalls.call(
                "read the rules of iptables-legacy",
                SystemCallNumber.GETSOCKOPT,
                socket.number(),
                IPPROTO_IP,
                name,
                value.address(),
                length.address());
    }

    private static int underflow(MemorySegment information, int hook) {
        return information.get(ValueLayout.JAVA_INT, UNDERFLOWS_OFFSET + 4L * hook);
    }

    /** A chain's policy is the verdict of its last entry. */
    private static boolean drops(MemorySegment entries, int entry) {
        int target =
                Short.toUnsignedInt(entries.get(ValueLayout.JAVA_SHORT_UNALIGNED, entry + (long) TARGET_OFFSET_OFFSET));
        return entries.get(ValueLayout.JAVA_INT_UNALIGNED, entry + (long) target + VERDICT_OFFSET) == VERDICT_DROP;
    }
}
