package org.berth.builder.git;

import java.net.InetAddress;
import java.util.TimeZone;
import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.FS_POSIX;
import org.eclipse.jgit.util.SystemReader;

/**
 * What the library sees of the machine: no configuration of a user or of the machine (which could send a fetch elsewhere, or
 * name programs to run), and no environment.
 */
final class GitSurroundings extends SystemReader {
    private static final int UMASK = 022;
    private static final GitSurroundings ONLY = new GitSurroundings();

    private GitSurroundings() {
        setPlatformChecker();
    }

    /** Makes these the library's. Before its first use. */
    static void establish() {
        if (SystemReader.getInstance() != ONLY) {
            SystemReader.setInstance(ONLY);
            if (FS.DETECTED instanceof FS_POSIX files) {
                files.setUmask(UMASK); // else it is asked of a shell
            }
        }
    }

    @Override
    public String getHostname() {
        return InetAddress.getLoopbackAddress().getHostName();
    }

    @Override
    @SuppressWarnings("NullAway") // the library's way to say "not set"
    public String getenv(String variable) {
        return null;
    }

    @Override
    public String getProperty(String key) {
        return System.getProperty(key);
    }

    @Override
    public FileBasedConfig openUserConfig(Config parent, FS fs) {
        return new Nothing(parent, fs);
    }

    @Override
    public FileBasedConfig openSystemConfig(Config parent, FS fs) {
        return new Nothing(parent, fs);
    }

    @Override
    public FileBasedConfig openJGitConfig(Config parent, FS fs) {
        return new Nothing(parent, fs);
    }

    @Override
    public long getCurrentTime() {
        return System.currentTimeMillis();
    }

    @Override
    public int getTimezone(long when) {
        return TimeZone.getDefault().getOffset(when) / 60_000;
    }

    /** A configuration with nothing in it, kept nowhere. */
    private static final class Nothing extends FileBasedConfig {
        @SuppressWarnings("NullAway") // the library's way to say "no file"
        Nothing(Config parent, FS fs) {
            super(parent, null, fs);
        }

        @Override
        public void load() {
            // nothing
        }

        @Override
        public void save() {
            // nowhere
        }

        @Override
        public boolean isOutdated() {
            return false;
        }
    }
}
