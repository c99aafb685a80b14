package org.berth.builder;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What steps made is remembered; what can't be read is as if it was never made. */
class LayerCacheTest {
    private static final LayerCache.Entry ENTRY =
            new LayerCache.Entry("sha256:1", Instant.parse("2026-01-02T03:04:05Z"));

    @TempDir
    Path folder;

    @Test
    void remembersWhatAStepMade() {
        new LayerCache(folder).put("key", ENTRY);
        assertThat(new LayerCache(folder).find("key")).contains(ENTRY);
        assertThat(new LayerCache(folder).find("other")).isEmpty();
    }

    @Test
    void aStepWhoseEntryIsDamagedOrOfAnotherVersionIsDoneAgain() throws IOException {
        LayerCache cache = new LayerCache(folder);
        for (String content : List.of("", "garbage", "{\"version\":1}", "{\"version\":2,\"diffId\":\"sha256:1\"}")) {
            Files.writeString(folder.resolve("key.json"), content);
            assertThat(cache.find("key")).isEmpty();
            cache.put("key", ENTRY);
            assertThat(cache.find("key")).contains(ENTRY);
        }
    }
}
