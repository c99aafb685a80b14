package org.berth.vm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** An archive of the form "newc" (kernel Documentation/driver-api/early-userspace/buffer-format.rst). */
final class Initramfs {
    private static final String MAGIC = "070701";
    private static final String TRAILER = "TRAILER!!!";
    private static final int FOLDER = 0040755;
    private static final int FILE = 0100755;
    private static final int ALIGNMENT = 4;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int number;

    Initramfs folder(String name) {
        return entry(name, FOLDER, new byte[0]);
    }

    Initramfs file(String name, byte[] content) {
        return entry(name, FILE, content);
    }

    void write(Path file) throws IOException {
        entry(TRAILER, 0, new byte[0]);
        Files.write(file, out.toByteArray());
    }

    private Initramfs entry(String name, int mode, byte[] content) {
        byte[] text = (name + "\0").getBytes(StandardCharsets.US_ASCII);
        number++;
        StringBuilder header = new StringBuilder(MAGIC);
        // inode, mode, owner, group, links, time, size, device, device of a node, length of the name, checksum
        int[] fields = {number, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, text.length, 0};
        for (int field : fields) {
            header.append(String.format("%08X", field));
        }
        out.writeBytes(header.toString().getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(text);
        align();
        out.writeBytes(content);
        align();
        return this;
    }

    private void align() {
        while (out.size() % ALIGNMENT != 0) {
            out.write(0);
        }
    }
}
