package org.berth.compose;

import java.util.Locale;
import java.util.regex.Pattern;

/** The forms that names have (compose-spec, "name"). */
final class ProjectNames {
    private static final Pattern PROJECT = Pattern.compile("[a-z0-9][a-z0-9_-]*");
    private static final Pattern PLAIN = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]*");
    private static final Pattern SERVICE = Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9._-]*[a-zA-Z0-9])?");
    private static final Pattern HOST = Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?");
    private static final int NAME_MAX = 63;

    private ProjectNames() {}

    /** Whether it may name a project. */
    static boolean project(String name) {
        return name.length() <= NAME_MAX && PROJECT.matcher(name).matches();
    }

    /** Whether it may name a volume, a network or a secret. */
    static boolean plain(String name) {
        return name.length() <= 255 && PLAIN.matcher(name).matches();
    }

    /** Whether it may name a service: it is also a name in DNS. */
    static boolean service(String name) {
        return name.length() <= NAME_MAX && SERVICE.matcher(name).matches();
    }

    /** Whether it may be a host's name. */
    static boolean host(String name) {
        return name.length() <= NAME_MAX && HOST.matcher(name).matches();
    }

    /** A folder's name as a project's: lower case, other characters dropped. May be empty. */
    static String fromFolder(String folder) {
        return folder.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_-]", "").replaceAll("^[_-]+", "");
    }
}
