package org.berth.image.debian;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Progress;

/** The suites of one release that a root is made from, each with its verified Release file. */
record Suites(List<Suite> all) {
    /** A suite, by its codename, and its Release file. */
    record Suite(AptSource source, Release release) {}

    /** Finds the main suite at the first place that has it in good order, then its extras. */
    static Suites find(Archive archive, SourceChoice choice, Instant now, Progress progress) {
        Suite main = main(archive, choice.main(), now, progress);
        String codename = main.release().codename();
        List<Suite> suites = new ArrayList<>(List.of(main));
        List<SourceChoice.Extra> extras = DebianSuite.hasExtras(codename) ? choice.extras() : List.of();
        Parallel.map(extras, extra -> extra(archive, extra, codename, now, progress)).stream()
                .flatMap(Optional::stream)
                .filter(suite ->
                        suites.stream().noneMatch(known -> known.source().equals(suite.source())))
                .forEach(suites::add);
        return new Suites(List.copyOf(suites));
    }

    private static Suite main(Archive archive, List<AptSource> places, Instant now, Progress progress) {
        List<BerthException> failures = new ArrayList<>();
        for (AptSource place : places) {
            progress.report(Progress.Step.of("archive", "reading " + place));
            try {
                Optional<Release> release = archive.release(place, now);
                if (release.isPresent()) {
                    return new Suite(place.withSuite(release.get().codename()), release.get());
                }
                failures.add(new BerthException(ErrorCode.NOT_FOUND, "there is no suite " + place));
            } catch (BerthException e) {
                failures.add(e);
            }
        }
        BerthException first = failures.getFirst();
        failures.stream().skip(1).forEach(first::addSuppressed);
        throw first;
    }

    /** A suite that the host itself uses must be there; one that was derived from it may be missing. */
    private static Optional<Suite> extra(
            Archive archive, SourceChoice.Extra extra, String codename, Instant now, Progress progress) {
        AptSource source = extra.of(codename);
        progress.report(Progress.Step.of("archive", "reading " + source));
        Optional<Release> release = archive.release(source, now);
        if (release.isEmpty() && extra.isHostsOwn(codename)) {
            throw new BerthException(ErrorCode.NOT_FOUND, "there is no suite " + source);
        }
        return release.map(found -> new Suite(source, found));
    }

    /** The packages of all suites. */
    PackageIndex index(Archive archive, String architecture, Progress progress) {
        PackageIndex index = new PackageIndex();
        List<PackageIndex> parts = Parallel.map(all, suite -> {
            PackageIndex part = new PackageIndex();
            progress.report(Progress.Step.of("archive", "reading the packages of " + suite.source()));
            archive.addPackages(part, suite.source(), suite.release(), architecture);
            return part;
        });
        parts.forEach(index::addAll);
        return index;
    }

    /** What etc/apt/sources.list says. */
    List<String> lines() {
        return all.stream().map(suite -> suite.source().line()).toList();
    }
}
