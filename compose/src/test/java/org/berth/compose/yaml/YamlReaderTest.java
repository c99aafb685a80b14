package org.berth.compose.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class YamlReaderTest {
    private final List<String> problems = new ArrayList<>();

    private Optional<YamlValue> read(String text) {
        return YamlReader.read("f", text, problem -> problems.add(problem.position() + " " + problem.message()));
    }

    /** The value without places, for comparing. */
    private static String plain(YamlValue value) {
        return switch (value) {
            case YamlValue.Scalar scalar -> scalar.text();
            case YamlValue.Null ignored -> "null";
            case YamlValue.Sequence sequence ->
                sequence.items().stream().map(YamlReaderTest::plain).collect(Collectors.joining(",", "[", "]"));
            case YamlValue.Mapping mapping ->
                mapping.entries().entrySet().stream()
                        .map(entry ->
                                entry.getKey() + ":" + plain(entry.getValue().value()))
                        .collect(Collectors.joining(",", "{", "}"));
        };
    }

    private String text(String yaml) {
        return read(yaml).map(YamlReaderTest::plain).orElse("nothing");
    }

    @Test
    void mergesBelowWhatIsWritten() {
        assertThat(text("""
                base: &base { a: 1, b: 2 }
                more: &more { b: 3, c: 4 }
                one: { <<: *base, a: 0 }
                list: { <<: [*base, *more], d: 5 }
                twice: { <<: *base, b: { <<: *more } }
                """))
                .isEqualTo("{base:{a:1,b:2},more:{b:3,c:4},one:{a:0,b:2},list:{d:5,a:1,b:2,c:4},"
                        + "twice:{b:{b:3,c:4},a:1}}");
        assertThat(problems).isEmpty();
    }

    @Test
    void mergesOfMergesReachThrough() {
        assertThat(text("a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b, z: 3}"))
                .isEqualTo("{a:{x:1},b:{y:2,x:1},c:{z:3,y:2,x:1}}");
    }

    @Test
    void aQuotedMergeKeyIsAKey() {
        assertThat(text("a: {'<<': x}")).isEqualTo("{a:{<<:x}}");
    }

    @Test
    void takesOnlyMappingsToMerge() {
        read("a:\n  <<: x\nb:\n  <<: [{c: 1}, y]");
        assertThat(problems)
                .containsExactly(
                        "f:2:7 a merge key takes a mapping or a list of mappings, not a text",
                        "f:4:16 a merge key takes mappings, not a text");
    }

    @Test
    void wordsOfOldYamlAreTexts() {
        assertThat(text("[no, on, 22:22, 010, 1_000, null, ~, '', ]")).isEqualTo("[no,on,22:22,010,1_000,null,null,]");
    }

    @Test
    void tellsWhereThingsStand() {
        YamlValue.Mapping mapping = (YamlValue.Mapping) read("a:\n  - b: c\n").orElseThrow();
        YamlValue.Sequence list = (YamlValue.Sequence)
                mapping.entries().values().iterator().next().value();
        YamlValue.Mapping item = (YamlValue.Mapping) list.items().getFirst();
        YamlValue.Entry entry = item.entries().values().iterator().next();
        assertThat(entry.position()).hasToString("f:2:5");
        assertThat(entry.value().position()).hasToString("f:2:8");
    }

    @Test
    void refusesTheSameKeyTwice() {
        read("a: 1\nb: 2\na: 3\n");
        assertThat(problems).containsExactly("f:3:1 key 'a' stands here twice");
    }

    @Test
    void refusesAnchorsThatContainThemselves() {
        read("a: &a\n  b: *a\nc: &c { <<: *c }\n");
        assertThat(problems)
                .allMatch(problem -> problem.contains("contains itself"))
                .hasSize(2);
    }

    @Test
    void refusesWhatIsNotYaml() {
        assertThat(read("a: [1, 2\nb: 3")).isEmpty();
        assertThat(problems).singleElement().asString().startsWith("f:2:").contains("not YAML: ");
    }

    @Test
    void refusesTwoDocumentsTagsAndStrangeKeys() {
        read("a: 1\n---\nb: 2\n");
        read("a: !reset x\n");
        read("? [a, b]\n: c\n");
        assertThat(problems).hasSize(3);
        assertThat(problems.get(1)).isEqualTo("f:1:4 unknown tag !reset");
        assertThat(problems.get(2)).isEqualTo("f:1:3 a key must be a text");
    }

    @Test
    void boundsTheDepth() {
        assertThat(read("[".repeat(100_000))).isEmpty();
        assertThat(problems).singleElement().asString().contains("nested deeper than 64 levels");
    }

    /** CVE-2003-1564's trick, in YAML: each level refers to the one before ten times. */
    @Test
    void aliasesOfAliasesStaySmall() {
        StringBuilder bomb = new StringBuilder("a0: &a0 {x: 1}\n");
        for (int i = 1; i < 60; i++) {
            bomb.append("a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ",").repeat(10)));
        }
        bomb.append("m0: &m0 {x: 1}\n");
        for (int i = 1; i < 60; i++) {
            bomb.append("m%d: &m%d {<<: [%s]}\n".formatted(i, i, ("*m" + (i - 1) + ",").repeat(10)));
        }
        Optional<YamlValue> document = read(bomb.toString());
        assertThat(problems).isEmpty();
        assertThat(document.isPresent()).isTrue();
    }

    @Test
    void nothingIsNothing() {
        assertThat(read("")).isEmpty();
        assertThat(read("# only a comment\n")).isEmpty();
        assertThat(problems).isEmpty();
    }
}
