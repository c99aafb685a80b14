package org.berth.builder;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** What an image runs on: "linux/amd64", "linux/arm/v7". */
record Platform(String system, String architecture, String variant) {
    private static final Pattern FORM = Pattern.compile("(?:([a-z0-9_-]+)/)?([A-Za-z0-9_-]+)(?:/([a-z0-9.]+))?");
    private static final Map<String, String> OTHER_NAMES =
            Map.of("x86_64", "amd64", "x86-64", "amd64", "aarch64", "arm64", "armhf", "arm", "i386", "386");
    private static final Map<String, String> EMULATORS =
            Map.of("arm64", "qemu-aarch64", "arm", "qemu-arm", "386", "qemu-i386", "riscv64", "qemu-riscv64");
    private static final Path BINFMT = Path.of("/proc/sys/fs/binfmt_misc");

    /** This machine's. */
    static final Platform HERE = new Platform("linux", "amd64", "");

    /** @throws BerthException INVALID for what is no platform */
    static Platform parse(String text) {
        Matcher matcher = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new BerthException(
                    ErrorCode.INVALID, "platform '" + text + "': expected such as linux/amd64 or linux/arm/v7");
        }
        String architecture = OTHER_NAMES.getOrDefault(matcher.group(2), matcher.group(2));
        String variant = matcher.group(3) == null ? "" : matcher.group(3);
        boolean plain = architecture.equals("arm64") && variant.equals("v8");
        return new Platform(matcher.group(1) == null ? "linux" : matcher.group(1), architecture, plain ? "" : variant);
    }

    boolean isHere() {
        return equals(HERE);
    }

    /** Whether its programs run on this machine: by the kernel, or by an emulator that it was told of. */
    boolean runs() {
        String emulator = EMULATORS.getOrDefault(architecture, "qemu-" + architecture);
        return isHere() || (system.equals("linux") && Files.exists(BINFMT.resolve(emulator)));
    }

    @Override
    public String toString() {
        return system + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }
}
