package org.berth.builder.source;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/** apt.txt and apt-build.txt: names of Debian packages, one a line; the latter's are there for the build only. */
final class AptFile {
    static final String RUN = "apt.txt";
    static final String BUILD = "apt-build.txt";

    private static final int PACKAGES_MAX = 1000;
    private static final Pattern PACKAGE = Pattern.compile("[a-z0-9][a-z0-9+.-]+(?:=[A-Za-z0-9.+:~-]+)?");

    private AptFile() {}

    /** These packages and those that the file lists. */
    static List<String> with(List<String> packages, SourceFolder folder, String file) {
        List<String> all = new ArrayList<>(packages);
        int number = 0;
        for (String line : folder.text(file).orElse("").lines().toList()) {
            number++;
            String name = line.replaceFirst("#.*", "").strip();
            if (name.isEmpty()) {
                continue;
            }
            if (!PACKAGE.matcher(name).matches()) {
                throw new BerthException(
                        ErrorCode.INVALID,
                        file + ":" + number + ": '" + name
                                + "' is no name of a Debian package; one name a line was expected");
            }
            if (!all.contains(name)) {
                all.add(name);
            }
            if (all.size() > PACKAGES_MAX) {
                throw new BerthException(ErrorCode.INVALID, file + ": more than " + PACKAGES_MAX + " packages");
            }
        }
        return all;
    }
}
