package org.berth.builder;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.berth.base.Instance;
import org.berth.base.Progress;
import org.berth.image.Image;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Source folders of one's own, built for real: with Debian's packages, and with what package indexes give here. Each takes
 * minutes, so it is done when it is asked for: {@code -Dberth.sources=FOLDER}, whose folders are built one after the other.
 */
@KernelTest
@EnabledIfSystemProperty(
        named = "berth.sources",
        matches = ".+",
        disabledReason = "no folder of source folders is named: -Dberth.sources=FOLDER builds each")
class SourceFoldersTrialTest {
    @TestFactory
    List<DynamicTest> eachFolderIsBuilt(Instance instance) throws IOException {
        Workshop workshop = new Workshop(instance, System.getenv());
        List<Path> folders;
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("berth.sources", "")))) {
            folders = all.filter(Files::isDirectory).sorted().toList();
        }
        return Stream.concat(
                        folders.stream()
                                .map(folder -> DynamicTest.dynamicTest(
                                        String.valueOf(folder.getFileName()), () -> built(workshop, folder))),
                        Stream.of(DynamicTest.dynamicTest("end", workshop::close)))
                .toList();
    }

    private static void built(Workshop workshop, Path folder) {
        Image image = workshop.builder.build(
                new BuildRequest(
                        folder,
                        Optional.empty(),
                        Optional.empty(),
                        java.util.Map.of(),
                        List.of("trial-" + folder.getFileName()),
                        false,
                        false),
                step -> print(folder, step));
        assertThat(image.config().command()).isNotEmpty();
    }

    private static void print(Path folder, Progress.Step step) {
        if (step.total() == 0) {
            System.out.println(folder.getFileName() + " " + step.id() + ": " + step.status());
        }
    }
}
