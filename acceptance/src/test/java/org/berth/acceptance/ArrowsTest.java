package org.berth.acceptance;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** An arrow between modules only ever points down (ARCHITECTURE.md). */
class ArrowsTest {
    /** Module to what it may use; everything not listed is above it or beside it. */
    private static final Map<String, List<String>> MAY_USE = Map.ofEntries(
            Map.entry("base", List.of()),
            Map.entry("linux", List.of("base")),
            Map.entry("runtime", List.of("base", "linux")),
            Map.entry("image", List.of("base", "linux")),
            Map.entry("network", List.of("base", "linux")),
            Map.entry("engine", List.of("base", "linux", "runtime", "image", "network")),
            Map.entry("builder", List.of("base", "linux", "runtime", "image", "network", "engine")),
            Map.entry("compose", List.of("base")),
            Map.entry("control", List.of("base", "compose")),
            Map.entry(
                    "server",
                    List.of("base", "linux", "runtime", "image", "network", "engine", "builder", "compose", "control")),
            Map.entry("cli", List.of("base", "compose")));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.berth");

    @Test
    void everyArrowPointsDown() {
        for (String module : MAY_USE.keySet()) {
            List<String> forbidden = new ArrayList<>(MAY_USE.keySet());
            forbidden.removeAll(MAY_USE.get(module));
            forbidden.remove(module);
            noClasses()
                    .that()
                    .resideInAPackage("org.berth." + module + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(forbidden.stream()
                            .map(other -> "org.berth." + other + "..")
                            .toArray(String[]::new))
                    .allowEmptyShould(true)
                    .check(CLASSES);
        }
    }

    @Test
    void theTerminalIsTheCommandsAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.berth.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.jline..", "picocli..")
                .check(CLASSES);
    }

    @Test
    void onlyTheDaemonSpeaksHttpAsAServer() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.berth.server..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.eclipse.jetty..")
                .check(CLASSES);
    }
}
