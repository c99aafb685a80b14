package org.berth.vm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The kernel that the metapackage linux-image-amd64 stands for, fetched by apt from where this machine's apt
 * fetches, and unpacked into a folder. Nothing is installed.
 *
 * @param image the kernel, as a boot loader takes it
 * @param modules its modules' files by name, '-' written as '_'
 */
record DebianKernel(Path image, Map<String, Path> modules) {
    private static final Pattern DEPENDS = Pattern.compile("Depends: (linux-image-\\S+)");
    private static final Pattern NEEDS = Pattern.compile("\0depends=([^\0]*)\0");

    static DebianKernel fetch(Path folder) throws IOException {
        Matcher real = DEPENDS.matcher(Programs.run(folder, "apt-cache", "depends", "linux-image-amd64"));
        if (!real.find()) {
            throw new IllegalStateException("apt knows no linux-image-amd64: run apt-get update");
        }
        unpack(folder, real.group(1), folder.resolve("kernel"));
        Path boot = folder.resolve("kernel/boot");
        try (Stream<Path> files = Files.list(boot);
                Stream<Path> all = Files.walk(folder.resolve("kernel"))) {
            Path image = files.filter(file -> file.getFileName().toString().startsWith("vmlinuz"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no kernel in " + boot));
            Map<String, Path> modules = new LinkedHashMap<>();
            all.filter(file -> file.toString().endsWith(".ko")).forEach(file -> modules.put(name(file), file));
            return new DebianKernel(image, modules);
        }
    }

    /** Fetches a package and unpacks it. */
    static void unpack(Path folder, String name, Path target) throws IOException {
        Programs.run(folder, "apt-get", "download", name);
        try (Stream<Path> files = Files.list(folder)) {
            Path archive = files.filter(
                            file -> file.getFileName().toString().matches(Pattern.quote(name) + "_.*[.]deb"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("apt-get download left no package " + name));
            Programs.run(folder, "dpkg-deb", "--extract", archive.toString(), target.toString());
            Files.delete(archive);
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString().replace(".ko", "").replace('-', '_');
    }

    /** Modules with all they need, in the order in which they are to be loaded; what is built in is left out. */
    List<Path> withDependencies(List<String> names) throws IOException {
        Map<String, Path> ordered = new LinkedHashMap<>();
        for (String name : names) {
            add(name, ordered);
        }
        return List.copyOf(ordered.values());
    }

    private void add(String name, Map<String, Path> ordered) throws IOException {
        Path file = modules.get(name);
        if (file == null || ordered.containsKey(name)) {
            return;
        }
        Matcher needs = NEEDS.matcher("\0" + Files.readString(file, StandardCharsets.ISO_8859_1));
        if (needs.find()) {
            for (String needed : needs.group(1).split(",", -1)) {
                add(needed.replace('-', '_'), ordered);
            }
        }
        ordered.put(name, file);
    }
}
