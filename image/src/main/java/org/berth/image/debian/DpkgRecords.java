package org.berth.image.debian;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.berth.linux.path.Folder;
import org.berth.linux.path.InRoot;
import org.berth.linux.path.OpenFile;

/**
 * dpkg's records of packages that are unpacked and not configured yet: what {@code dpkg --unpack}
 * would have written (dpkg's doc/, deb-triggers(5)), so that {@code dpkg --configure} finds its work.
 * A configuration file stands in its place already, with its hash on record.
 */
final class DpkgRecords {
    private static final String FOLDER = "var/lib/dpkg/";
    private static final int FILE_MODE = 0644;

    private DpkgRecords() {}

    static void write(InRoot root, String architecture, List<RootFiller.Unpacked> packages) {
        for (String folder : List.of("info", "updates", "triggers", "alternatives", "parts")) {
            root.makeFolders(FOLDER + folder, 0755, 0, 0).close();
        }
        put(root, FOLDER + "arch", architecture + "\n");
        put(root, FOLDER + "info/format", "1\n");
        put(root, FOLDER + "status", status(packages));
        try (Folder info = root.folder(FOLDER + "info")) {
            for (RootFiller.Unpacked unpacked : packages) {
                writeInfo(info, unpacked);
            }
        }
        triggers(packages).forEach((name, lines) -> put(root, FOLDER + "triggers/" + name, lines));
    }

    private static void put(InRoot root, String path, String text) {
        root.replace(path, text.getBytes(StandardCharsets.UTF_8), FILE_MODE, 0, 0);
    }

    private static void writeInfo(Folder info, RootFiller.Unpacked unpacked) {
        String name = recordName(unpacked);
        String list = String.join("\n", unpacked.paths()) + "\n";
        put(info, name + ".list", list.getBytes(StandardCharsets.UTF_8), FILE_MODE);
        putAll(
                info,
                name + ".",
                unpacked.control().stream()
                        .filter(file -> !file.name().equals("control"))
                        .toList());
    }

    /** Writes control files into a folder, their names after a prefix. */
    static void putAll(Folder folder, String prefix, List<DebFile.ControlFile> files) {
        files.forEach(file -> put(folder, prefix + file.name(), file.content(), file.mode()));
    }

    private static void put(Folder folder, String name, byte[] content, int mode) {
        try (OpenFile file = folder.create(name, mode);
                OutputStream output = file.output()) {
            output.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Packages that may be installed for several architectures bear theirs in the name. */
    static String recordName(RootFiller.Unpacked unpacked) {
        String name = unpacked.entry().name();
        return control(unpacked).get("Multi-Arch").equals("same")
                ? name + ":" + unpacked.entry().architecture()
                : name;
    }

    private static Stanza control(RootFiller.Unpacked unpacked) {
        return Stanza.parse(controlText(unpacked)).getFirst();
    }

    private static String controlText(RootFiller.Unpacked unpacked) {
        return unpacked.find("control")
                .orElseThrow(() -> new IllegalArgumentException("no control file in " + unpacked.entry()))
                .text()
                .strip();
    }

    static String status(List<RootFiller.Unpacked> packages) {
        StringBuilder status = new StringBuilder();
        for (RootFiller.Unpacked unpacked : packages) {
            status.append(controlText(unpacked)).append("\nStatus: install ok unpacked\n");
            if (!unpacked.configurationHashes().isEmpty()) {
                status.append("Conffiles:\n");
                new TreeMap<>(unpacked.configurationHashes())
                        .forEach((path, hash) -> status.append(' ')
                                .append(path)
                                .append(' ')
                                .append(hash)
                                .append('\n'));
            }
            status.append('\n');
        }
        return status.toString();
    }

    /**
     * Who is to be told of what: files in the triggers folder by name. Interest in a path is a line
     * of {@code File}, interest in a named trigger a line of a file of that name.
     */
    static Map<String, String> triggers(List<RootFiller.Unpacked> packages) {
        Map<String, List<String>> interests = new LinkedHashMap<>();
        for (RootFiller.Unpacked unpacked : packages) {
            String directives =
                    unpacked.find("triggers").map(DebFile.ControlFile::text).orElse("");
            for (String line : directives.split("\n", -1)) {
                String[] words = line.replaceFirst("#.*", "").strip().split("\\s+");
                if (words.length == 2 && words[0].startsWith("interest")) {
                    String who = recordName(unpacked) + (words[0].endsWith("-noawait") ? "/noawait" : "");
                    boolean path = words[1].startsWith("/");
                    interests
                            .computeIfAbsent(path ? "File" : words[1], ignored -> new ArrayList<>())
                            .add(path ? words[1] + " " + who : who);
                }
            }
        }
        Map<String, String> files = new LinkedHashMap<>();
        interests.forEach((name, lines) -> files.put(name, String.join("\n", lines) + "\n"));
        return files;
    }
}
