package org.berth.compose.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.berth.base.BerthException;
import org.junit.jupiter.api.Test;

class YamlEditTest {
    private static final Addition VARIABLE = new Addition(
            List.of("services", "web", "environment"),
            List.of(Piece.line("A: \"1\"")),
            List.of(Piece.line("A=1")),
            false);
    private static final Addition SERVICE = Addition.entries(
                    List.of("services"), List.of(Piece.block(List.of("db:", "  image: x"))))
            .apart();
    private static final Addition VOLUME = Addition.entries(List.of("volumes"), List.of(Piece.line("db:")));

    @Test
    void everythingThatIsThereStays() {
        assertThat(edit("""
                # An application
                services:

                    web:   # the front
                        build: .
                        environment:
                            B: "two"   # keep me
                            # and me

                        command: >
                            run
                            it
                    # a comment of the services

                # the end
                """, VARIABLE, SERVICE, VOLUME)).isEqualTo("""
                # An application
                services:

                    web:   # the front
                        build: .
                        environment:
                            B: "two"   # keep me
                            # and me
                            A: "1"

                        command: >
                            run
                            it
                    # a comment of the services

                    db:
                        image: x

                volumes:
                    db:

                # the end
                """);
    }

    @Test
    void listsAndBracketsAndEmptyKeysTakeAdditions() {
        assertThat(edit("services:\n  web:\n    environment:\n    - B=2\n    image: x\nvolumes:\n", VARIABLE, VOLUME))
                .isEqualTo(
                        "services:\n  web:\n    environment:\n    - B=2\n    - A=1\n    image: x\nvolumes:\n  db:\n");
        assertThat(edit("services:\n  web:\n    environment: [ B=2 ] # x\n    image: x\n", VARIABLE))
                .isEqualTo("services:\n  web:\n    environment: [ B=2, A=1 ] # x\n    image: x\n");
        assertThat(edit("services:\n  web:\n    environment: {}", VARIABLE))
                .isEqualTo("services:\n  web:\n    environment: {A: \"1\"}");
        assertThat(edit("services:\n  web:\n    environment: {B: ä𝄞,\n      C: 1,}\n", VARIABLE))
                .isEqualTo("services:\n  web:\n    environment: {B: ä𝄞,\n      C: 1, A: \"1\"}\n");
        assertThat(edit("services:\r\n  web:\r\n    image: x", VARIABLE, SERVICE))
                .isEqualTo(
                        "services:\r\n  web:\r\n    image: x\r\n    environment:\r\n      A: \"1\"\r\n\r\n  db:\r\n    image: x");
    }

    @Test
    void blockTextsEndWhereTheyEnd() {
        assertThat(edit(
                        "services:\n  web:\n    command: |\n      a\n\n      # no comment\n\nx-y: 1\n",
                        VARIABLE,
                        VOLUME))
                .isEqualTo("services:\n  web:\n    command: |\n      a\n\n      # no comment\n"
                        + "    environment:\n      A: \"1\"\n\nx-y: 1\n\nvolumes:\n  db:\n");
    }

    @Test
    void whatOthersShareIsRefusedWithItsPlace() {
        refused(
                "x: &e\n  B: 1\nservices:\n  web:\n    environment: *e\n",
                "f:5:5: services.web.environment: it is another");
        refused(
                "services:\n  web:\n    environment: &e\n      B: 1\n  more:\n    environment: *e\n",
                "nothing was changed");
        refused(
                "x: &w\n  environment: { B: 1 }\nservices:\n  web:\n    <<: *w\n",
                "f:4:3: services.web: 'environment' comes");
        refused("services:\n  web: { image: x }\n", "f:2:3: services.web: it stands in braces");
        refused("services:\n  web:\n    environment: text\n", "f:3:5: services.web.environment: expected a mapping");
        assertThatThrownBy(() -> YamlEdit.of("f", "a:\n  - b\n c: d\n")).hasMessageStartingWith("f:3:2: not YAML");
        assertThatThrownBy(() -> YamlEdit.of("f", "- a\n")).hasMessageStartingWith("f:1:1: expected a mapping");
    }

    private static void refused(String text, String message) {
        assertThatThrownBy(() -> edit(text, VARIABLE))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining(message);
    }

    private static String edit(String text, Addition... additions) {
        return YamlEdit.of("f", text).with(List.of(additions));
    }
}
