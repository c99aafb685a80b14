package org.berth.server.projects;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Instance;
import org.berth.base.Json;
import org.berth.base.Progress;
import org.berth.builder.Builder;
import org.berth.compose.ComposeFiles;
import org.berth.compose.LoadRequest;
import org.berth.compose.Project;
import org.berth.engine.Containers;
import org.berth.engine.Engine;
import org.berth.engine.Events;
import org.berth.engine.Volumes;
import org.berth.image.Bootstrap;
import org.berth.image.Image;
import org.berth.image.Images;
import org.berth.image.LocalImages;
import org.berth.image.Reference;
import org.berth.image.attached.Attachment;
import org.berth.image.registry.RegistrySettings;
import org.berth.network.Networks;
import org.berth.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** What is attached to the images that a project's services are built to, when it is asked for. */
@KernelTest
class BuildDocumentsTest {
    @TempDir
    private Path folder;

    @Test
    void upAttachesWhatIsAskedForAndNothingElse(Instance instance) throws Exception {
        Files.writeString(folder.resolve("compose.yaml"), "name: shop\nservices:\n  web:\n    build: .\n");
        Files.writeString(folder.resolve("Dockerfile"), "FROM scratch\nCOPY compose.yaml /\n");
        Project project = ComposeFiles.load(
                        new LoadRequest(folder, Optional.empty(), Optional.empty(), List.of(), Map.of()))
                .project();
        try (LocalImages images = images(instance)) {
            Builder builder = new Builder(instance, new ImagesAlone(images), Map.of());
            ImagePreparation preparation = new ImagePreparation(images, builder, new BuildDocuments(images, builder));
            assertThat(types(images, prepared(preparation, project, false, false)))
                    .isEmpty();
            assertThat(types(images, prepared(preparation, project, true, false)))
                    .containsExactlyInAnyOrder(Attachment.SPDX, Attachment.CYCLONEDX);
            assertThat(types(images, prepared(preparation, project, true, true)))
                    .containsExactlyInAnyOrder(Attachment.SPDX, Attachment.CYCLONEDX, Attachment.IN_TOTO);
        }
    }

    private static String prepared(ImagePreparation preparation, Project project, boolean packages, boolean provenance)
            throws InterruptedException {
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.set("project", Json.MAPPER.valueToTree(project));
        body.putObject("options").put("sbom", packages).put("provenance", provenance);
        UpRequest request = UpRequest.read("shop", body);
        return preparation
                .prepare(project, Set.of("web"), request.options(), record -> {})
                .getOrDefault("web", "");
    }

    private static List<String> types(Images images, String id) {
        Image image = images.find(id).orElseThrow();
        return images.attached(image).stream().map(Attachment::artifactType).toList();
    }

    private static LocalImages images(Instance instance) {
        return new LocalImages(
                instance,
                new NoBootstrap(),
                new RegistrySettings(
                        Map.of(), instance.root().resolve("none.json"), Duration.ofSeconds(5), Duration.ofSeconds(30)),
                InstantSource.system());
    }

    private static final class NoBootstrap implements Bootstrap {
        @Override
        public boolean supports(Reference reference) {
            return false;
        }

        @Override
        public void bootstrap(Reference reference, Path emptyFolder, Progress progress) {
            throw new BerthException(ErrorCode.UNSUPPORTED, "nothing is bootstrapped");
        }
    }

    /** An engine that can run nothing. */
    private record ImagesAlone(Images images) implements Engine {
        @Override
        public Containers containers() {
            throw new AssertionError("nothing is run here");
        }

        @Override
        public Networks networks() {
            throw new AssertionError("nothing is run here");
        }

        @Override
        public Volumes volumes() {
            throw new AssertionError("nothing is run here");
        }

        @Override
        public Events events() {
            throw new AssertionError("nothing is run here");
        }

        @Override
        public void restore() {}

        @Override
        public void close() {}
    }
}
