package org.berth.image.debian;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.zip.GZIPInputStream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;

/**
 * What a Debian archive serves (wiki.debian.org/DebianRepository/Format), each file checked before it
 * is used: a suite's Release by its signature, an index by the Release, a package by its index.
 */
final class Archive {
    private static final long RELEASE_BYTES_MAX = 16L << 20;
    private static final long INDEX_BYTES_MAX = 256L << 20;
    private static final long PACKAGE_BYTES_MAX = 512L << 20;

    /** How an index may be packed. Gzip is unpacked ten times as fast, which outweighs its size. */
    private static final List<String> PACKED = List.of(".gz", ".xz");

    private final Download download;
    private final ReleaseSignature signature;

    Archive(Download download, ReleaseSignature signature) {
        this.download = download;
        this.signature = signature;
    }

    /** A suite's Release file, verified; empty when there is no such suite. */
    Optional<Release> release(AptSource source, Instant now) {
        URI folder = folder(source);
        Optional<byte[]> inline = download.find(folder.resolve("InRelease"), RELEASE_BYTES_MAX);
        String what = "the Release file of " + source;
        if (inline.isPresent()) {
            return Optional.of(checked(signature.verifyInline(inline.get(), what, now), source, now));
        }
        Optional<byte[]> release = download.find(folder.resolve("Release"), RELEASE_BYTES_MAX);
        if (release.isEmpty()) {
            return Optional.empty();
        }
        byte[] detached = download.find(folder.resolve("Release.gpg"), RELEASE_BYTES_MAX)
                .orElseThrow(() -> new BerthException(ErrorCode.FAILED, what + " is not signed"));
        return Optional.of(checked(signature.verifyDetached(release.get(), detached, what, now), source, now));
    }

    private static Release checked(String text, AptSource source, Instant now) {
        Release release = Release.parse(text, source);
        release.check(source, now);
        return release;
    }

    /** Adds a suite's packages for an architecture to an index. */
    void addPackages(PackageIndex index, AptSource source, Release release, String architecture) {
        String name = AptSource.MAIN + "/binary-" + architecture + "/Packages";
        for (String packed : PACKED) {
            Optional<Release.FileDigest> digest =
                    Optional.ofNullable(release.files().get(name + packed));
            if (digest.isPresent()) {
                byte[] content = index(source, release, name + packed, digest.get());
                try (InputStream packages = unpacked(content, packed)) {
                    index.add(packages, source);
                } catch (IOException | IllegalArgumentException e) {
                    throw new BerthException(
                            ErrorCode.FAILED, "read " + name + packed + " of " + source + ": " + e.getMessage(), e);
                }
                return;
            }
        }
        throw new BerthException(
                ErrorCode.FAILED,
                source + " has no index " + name + " with " + String.join(" or ", PACKED) + ", of " + architecture);
    }

    /** By its hash where the archive offers that, so that an update in between does no harm. */
    private byte[] index(AptSource source, Release release, String name, Release.FileDigest digest) {
        if (digest.sizeBytes() > INDEX_BYTES_MAX) {
            throw new BerthException(
                    ErrorCode.FAILED,
                    name + " of " + source + " has " + digest.sizeBytes() + " bytes, " + INDEX_BYTES_MAX
                            + " are the most");
        }
        URI plain = folder(source).resolve(name);
        if (release.byHash()) {
            URI byHash = plain.resolve("by-hash/SHA256/" + digest.sha256());
            Optional<byte[]> content = download.find(byHash, digest, bytes -> {});
            if (content.isPresent()) {
                return content.get();
            }
        }
        return download.find(plain, digest, bytes -> {})
                .orElseThrow(() -> new BerthException(ErrorCode.FAILED, "the mirror lacks " + plain));
    }

    private static InputStream unpacked(byte[] content, String packed) throws IOException {
        InputStream input = new ByteArrayInputStream(content);
        return packed.equals(".gz") ? new GZIPInputStream(input, 1 << 16) : Xz.unpack(input);
    }

    /** A package's .deb file. */
    byte[] packageFile(PackageEntry entry, LongConsumer received) {
        if (entry.sizeBytes() > PACKAGE_BYTES_MAX || entry.path().contains("..")) {
            throw new BerthException(
                    ErrorCode.FAILED, "the index of " + entry.source() + " has no usable entry for " + entry);
        }
        URI address = URI.create(entry.source().address() + encoded(entry.path()));
        return download.find(address, new Release.FileDigest(entry.sizeBytes(), entry.sha256()), received)
                .orElseThrow(() -> new BerthException(
                        ErrorCode.FAILED, "the mirror lacks the package " + entry + " (" + entry.path() + ")"));
    }

    private static String encoded(String path) {
        return path.replace("%", "%25").replace(" ", "%20");
    }

    private static URI folder(AptSource source) {
        return URI.create(source.address() + "dists/" + source.suite() + "/");
    }
}
