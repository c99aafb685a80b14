package org.berth.server.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.berth.image.Image;
import org.berth.image.Reference;
import org.berth.server.fixture.MemoryImages;
import org.berth.server.fixture.RawClient;
import org.berth.server.fixture.TestDaemon;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is listed, what may go, and what that frees, on images in memory. */
@Timeout(60)
class ImageEndpointsTest {
    private static final String TOP_LAYER = "sha256:" + "2".repeat(64);
    private static final String OTHER_LAYER = "sha256:" + "3".repeat(64);
    private static final Map<String, String> STEP = Map.of(Image.STEP_LABEL, "build-1");

    private TestDaemon daemon;

    @BeforeEach
    void start() throws Exception {
        daemon = TestDaemon.start();
    }

    @AfterEach
    void stop() throws Exception {
        daemon.close();
    }

    private String request(String method, String path, String body) throws Exception {
        try (RawClient client = daemon.connect()) {
            return client.request(
                            body,
                            method + " /v1.44" + path + " HTTP/1.1",
                            "Host: berth",
                            "Connection: close",
                            "Content-Type: application/json",
                            "Content-Length: " + body.length())
                    .readAll();
        }
    }

    @Test
    void imagesOfBuildStepsAreListedWhenAllAreAskedFor() throws Exception {
        MemoryImages images = daemon.engine().images();
        String step = images.add('a', List.of(), STEP, List.of(MemoryImages.BASE_LAYER))
                .id();
        String dangling = images.add('b', List.of(), Map.of(), List.of(MemoryImages.BASE_LAYER))
                .id();
        String named = images.add('c', List.of(Reference.parse("kept:1")), STEP, List.of(MemoryImages.BASE_LAYER))
                .id();
        assertThat(request("GET", "/images/json", "")).contains(dangling, named).doesNotContain(step);
        assertThat(request("GET", "/images/json?all=0", "")).doesNotContain(step);
        assertThat(request("GET", "/images/json?all=1", "")).contains(dangling, named, step);
    }

    @Test
    void pruneCountsLayersThatAreGoneEachOnce() throws Exception {
        MemoryImages images = daemon.engine().images();
        images.add('a', List.of(), STEP, List.of(MemoryImages.BASE_LAYER));
        images.add('b', List.of(), Map.of(), List.of(MemoryImages.BASE_LAYER, TOP_LAYER));
        images.add('c', List.of(), Map.of(), List.of(MemoryImages.BASE_LAYER, TOP_LAYER, OTHER_LAYER));
        assertThat(request("POST", "/images/prune", "")).contains("\"SpaceReclaimed\":240000000");
        assertThat(request("POST", "/images/prune", "")).contains("\"SpaceReclaimed\":0");
    }

    @Test
    void anImageIsRefusedForAContainerOfItsOwnOnly() throws Exception {
        MemoryImages images = daemon.engine().images();
        images.add('a', List.of(Reference.parse("one:1")), Map.of(), List.of(MemoryImages.BASE_LAYER));
        images.add('b', List.of(Reference.parse("two:1")), Map.of(), List.of(MemoryImages.BASE_LAYER));
        assertThat(request("POST", "/containers/create?name=web", "{\"Image\": \"one:1\", \"Cmd\": [\"echo\"]}"))
                .contains(" 201 ");
        assertThat(request("DELETE", "/images/two:1", "")).contains(" 200 ");
        assertThat(request("DELETE", "/images/one:1", ""))
                .contains(" 409 ")
                .contains("image one:1 is used by the container web; remove it first, or force the removal");
        assertThat(request("DELETE", "/images/one:1?force=1", "")).contains(" 200 ");
    }
}
