package org.berth.image.debian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.berth.base.BerthException;
import org.junit.jupiter.api.Test;

/** Chooses from small archives: what apt would take on an empty system. */
class SelectionTest {
    private static final AptSource MAIN = AptSource.main(URI.create("http://mirror.example/debian"), "bookworm");
    private static final AptSource SECURITY =
            AptSource.main(URI.create("http://mirror.example/security"), "bookworm-security");

    private final PackageIndex index = new PackageIndex();

    private static String entry(String name, String version, String... fields) {
        return "Package: " + name + "\nVersion: " + version + "\nArchitecture: amd64\n"
                + String.join("\n", fields) + (fields.length == 0 ? "" : "\n")
                + "Description: " + name + "\n more of it\nFilename: pool/" + name + ".deb\nSize: 1\nSHA256: 00\n\n";
    }

    private void add(AptSource source, String... entries) throws IOException {
        index.add(new ByteArrayInputStream(String.join("", entries).getBytes(StandardCharsets.UTF_8)), source);
    }

    private List<String> names() {
        return Selection.minimal(index, "amd64").packages().stream()
                .map(PackageEntry::name)
                .toList();
    }

    @Test
    void takesEssentialRequiredAndAptWithWhatTheyNeed() throws IOException {
        add(
                MAIN,
                entry("base", "1", "Essential: yes", "Pre-Depends: libc", "Depends: tool"),
                entry("libc", "1", "Priority: optional"),
                entry("tool", "1", "Recommends: nice", "Suggests: nicer"),
                entry("mount", "1", "Priority: required", "Depends: libmount"),
                entry("libmount", "1"),
                entry("apt", "1", "Priority: important", "Depends: base, gpgv"),
                entry("gpgv", "1", "Priority: important"),
                entry("editor", "1", "Priority: important"),
                entry("nice", "1"),
                entry("nicer", "1"));
        assertThat(names()).containsExactlyInAnyOrder("base", "libc", "tool", "mount", "libmount", "apt", "gpgv");
    }

    @Test
    void marksAsAutomaticWhatOnlyCameForAnotherAfterTheEssentialOnes() throws IOException {
        add(
                MAIN,
                entry("base", "1", "Essential: yes", "Depends: libc"),
                entry("libc", "1"),
                entry("mount", "1", "Priority: required", "Depends: libmount, libc"),
                entry("libmount", "1"),
                entry("apt", "1", "Depends: gpgv"),
                entry("gpgv", "1"));
        assertThat(Selection.minimal(index, "amd64").automatic()).containsExactlyInAnyOrder("libmount", "gpgv");
    }

    @Test
    void prefersTheFirstAlternative() throws IOException {
        add(MAIN, entry("apt", "1", "Depends: merge | merged"), entry("merge", "1"), entry("merged", "1"));
        assertThat(names()).containsExactlyInAnyOrder("apt", "merge");
    }

    @Test
    void prefersAnAlternativeThatIsThere() throws IOException {
        add(
                MAIN,
                entry("base", "1", "Essential: yes", "Depends: second"),
                entry("apt", "1", "Depends: first | second"),
                entry("first", "1"),
                entry("second", "1"));
        assertThat(names()).containsExactlyInAnyOrder("base", "second", "apt");
    }

    @Test
    void goesToTheNextAlternativeWhenOneCannotBeHad() throws IOException {
        add(
                MAIN,
                entry("apt", "1", "Depends: broken | old (>= 2) | good"),
                entry("broken", "1", "Depends: half, missing"),
                entry("half", "1"),
                entry("old", "1.9"),
                entry("good", "1"));
        assertThat(names()).containsExactlyInAnyOrder("apt", "good");
    }

    @Test
    void takesTheMostNeededProviderOfAVirtualPackage() throws IOException {
        add(
                MAIN,
                entry("apt", "1", "Depends: awk"),
                entry("gawk", "1", "Priority: optional", "Provides: awk"),
                entry("mawk", "1", "Priority: important", "Provides: posix-tool, awk"),
                entry("busybox", "1", "Priority: extra", "Provides: awk"));
        assertThat(names()).containsExactlyInAnyOrder("apt", "mawk");
    }

    @Test
    void meetsAVersionOnlyByAVersionedProvision() throws IOException {
        add(
                MAIN,
                entry("apt", "1", "Depends: perlapi (>= 5.30)"),
                entry("alpha", "9", "Provides: perlapi"),
                entry("beta", "9", "Provides: perlapi (= 5.20)"),
                entry("gamma", "1", "Provides: perlapi (= 5.36)"));
        assertThat(names()).containsExactlyInAnyOrder("apt", "gamma");
    }

    @Test
    void takesTheHighestVersionOfAllSources() throws IOException {
        add(MAIN, entry("apt", "2.6.1", "Depends: libapt (>= 2.6.1)"), entry("libapt", "2.6.1"));
        add(SECURITY, entry("apt", "2.6.2", "Depends: libapt (>= 2.6.2)"), entry("libapt", "2.6.2"));
        assertThat(Selection.minimal(index, "amd64").packages())
                .extracting(PackageEntry::toString)
                .containsExactlyInAnyOrder("apt 2.6.2", "libapt 2.6.2");
        assertThat(Selection.minimal(index, "amd64").packages())
                .extracting(PackageEntry::source)
                .containsOnly(SECURITY);
    }

    @Test
    void ordersDependenciesBeforeDependentsAndSurvivesCycles() throws IOException {
        add(
                MAIN,
                entry("apt", "1", "Depends: libgcc"),
                entry("libgcc", "1", "Depends: libc"),
                entry("libc", "1", "Depends: libgcc, base"),
                entry("base", "1"));
        List<String> names = names();
        assertThat(names).containsSubsequence("base", "libc", "libgcc", "apt").hasSize(4);
    }

    @Test
    void takesQualifiedNamesOfThisArchitectureOnly() throws IOException {
        add(
                MAIN,
                entry("apt", "1", "Depends: perl:any, libx:arm64 | liby:amd64"),
                entry("perl", "1"),
                entry("libx", "1"),
                entry("liby", "1"));
        assertThat(names()).containsExactlyInAnyOrder("apt", "perl", "liby");
    }

    @Test
    void namesWhatCannotBeHad() throws IOException {
        add(MAIN, entry("apt", "1", "Depends: libapt (>= 2) | other"), entry("libapt", "1"));
        assertThatThrownBy(this::names)
                .isInstanceOf(BerthException.class)
                .hasMessage("the package apt 1 can't be installed: libapt (>= 2) | other is in none of the sources");
    }

    @Test
    void readsAnIndexWhicheverPiecesItComesIn() throws IOException {
        byte[] bytes =
                (entry("apt", "1", "Depends: b") + entry("b", "2").stripTrailing()).getBytes(StandardCharsets.UTF_8);
        InputStream single = new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(1, length));
            }
        };
        index.add(single, MAIN);
        assertThat(names()).containsExactlyInAnyOrder("apt", "b");
    }

    @Test
    void readsLinesLongerThanItsBuffer() throws IOException {
        String provides = "Provides: " + "virtual-name-of-some-length, ".repeat(10_000) + "last";
        add(MAIN, entry("apt", "1", "Depends: last"), entry("many", "1", provides));
        assertThat(names()).containsExactlyInAnyOrder("apt", "many");
    }
}
