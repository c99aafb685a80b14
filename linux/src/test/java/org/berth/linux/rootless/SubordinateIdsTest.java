package org.berth.linux.rootless;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.berth.linux.rootless.SubordinateIds.Range;
import org.junit.jupiter.api.Test;

class SubordinateIdsTest {
    @Test
    void theUserIsRootAndWhatIsGivenFollows() {
        String file = """
                # a comment
                bob:100000:65536
                ada:165536:65536
                1000:400000:10
                """;
        assertThat(map(file)).extracting(Range::line).containsExactly("0 1000 1", "1 165536 65536", "65537 400000 10");
    }

    @Test
    void withoutALineThereIsTheUserOnly() {
        assertThat(map("bob:100000:65536")).extracting(Range::line).containsExactly("0 1000 1");
        assertThat(map("")).hasSize(1);
    }

    @Test
    void whatIsNoRangeIsPassedOver() {
        String file = """
                ada:x:65536
                ada:0:5
                ada:4294967290:65536
                ada:5:0
                ada:200000
                ada:999:2
                ada:300000:5
                ada:300004:5
                """;
        assertThat(map(file)).extracting(Range::line).containsExactly("0 1000 1", "1 300000 5");
    }

    @Test
    void aUserWithoutANameIsFoundByTheId() {
        assertThat(SubordinateIds.map(7, List.of("1000:5000:3").stream(), 1000, Optional.empty()))
                .extracting(Range::line)
                .containsExactly("0 7 1", "1 5000 3");
    }

    private static List<Range> map(String file) {
        return SubordinateIds.map(1000, file.lines(), 1000, Optional.of("ada"));
    }
}
