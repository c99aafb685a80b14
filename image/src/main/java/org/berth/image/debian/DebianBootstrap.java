package org.berth.image.debian;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Progress;
import org.berth.image.Bootstrap;
import org.berth.image.Reference;
import org.berth.image.RootRunner;
import org.berth.linux.path.InRoot;

/**
 * Makes the root of a Debian release from the archive: the packages that {@code mmdebstrap
 * --variant=minbase} would take from the same sources, unpacked as they arrive and configured by
 * their own scripts. The archive is the host's apt source, or {@code BERTH_DEBIAN_MIRROR}; its
 * signature is verified against the keyring of the package debian-archive-keyring.
 */
public final class DebianBootstrap implements Bootstrap {
    private static final String KEYRING = "usr/share/keyrings/debian-archive-keyring.gpg";
    private static final String ARCHITECTURE = "amd64";

    private final Map<String, String> environment;
    private final RootRunner runner;
    private final InstantSource clock;
    private final Path host;

    /**
     * @param environment may have {@code BERTH_DEBIAN_MIRROR}, {@code http_proxy}, {@code https_proxy}, {@code no_proxy}
     * @param runner runs maintainer scripts
     * @param clock says whether a signature is still valid
     */
    public DebianBootstrap(Map<String, String> environment, RootRunner runner, InstantSource clock) {
        this(environment, runner, clock, Path.of("/"));
    }

    /** With the folder that apt's configuration and the keyring are looked for in. */
    DebianBootstrap(Map<String, String> environment, RootRunner runner, InstantSource clock, Path host) {
        this.environment = Map.copyOf(environment);
        this.runner = runner;
        this.clock = clock;
        this.host = host;
    }

    @Override
    public boolean supports(Reference reference) {
        return DebianSuite.of(reference).isPresent();
    }

    @Override
    public void bootstrap(Reference reference, Path emptyFolder, Progress progress) {
        String suite = DebianSuite.of(reference)
                .orElseThrow(() -> new BerthException(
                        ErrorCode.UNSUPPORTED, reference + " is no Debian release that can be bootstrapped"));
        ReleaseSignature signature = ReleaseSignature.readKeys(host.resolve(KEYRING));
        SourceChoice choice = SourceChoice.of(environment, HostSources.read(host, ARCHITECTURE), suite);
        try (Download download = new Download(HostProxies.read(host, environment), Thread::sleep);
                InRoot root = InRoot.open(emptyFolder)) {
            Archive archive = new Archive(download, signature);
            Suites suites = Suites.find(archive, choice, clock.instant(), progress);
            Selection selection = Selection.minimal(suites.index(archive, ARCHITECTURE, progress), ARCHITECTURE);
            RootFinish finish = new RootFinish(root);
            finish.begin();
            List<RootFiller.Unpacked> packages =
                    new PackageFlow(archive, new RootFiller(root), progress).unpack(selection.packages());
            DpkgRecords.write(root, ARCHITECTURE, packages);
            finish.beginConfiguration();
            Configuration configuration = new Configuration(emptyFolder, runner, progress);
            configuration.prepare(root, packages);
            configuration.configure(packages.size());
            finish.end(selection, suites.lines());
        }
    }
}
