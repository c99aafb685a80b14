package org.berth.builder.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.builder.dockerfile.Instruction.Pair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DockerfileParserTest {
    @Test
    void everyInstructionThatIsThere() {
        Dockerfile file = parse("""
                # a comment
                ARG RELEASE=bookworm
                FROM debian:${RELEASE} AS Base
                LABEL one=1 "two words"="a b"
                ENV A=1 B="x y"
                ENV OLD the rest of it
                ARG X Y=2
                RUN apt-get update \\
                  # a comment between
                  && apt-get install --yes redis

                RUN ["/bin/tool", "an argument"]
                WORKDIR /srv
                COPY --chown=www:www a b /srv/
                ADD ["with space", "/srv/"]
                USER www
                EXPOSE 80 443/udp
                VOLUME ["/data"]
                VOLUME /more /again
                ENTRYPOINT ["/start"]
                CMD run this
                from scratch
                COPY --from=base /x /y
                """);
        assertThat(file.stages()).hasSize(2);
        assertThat(file.globals()).hasSize(1);
        List<Instruction> first = file.stages().getFirst().instructions();
        assertThat(file.stages().getFirst().from().name()).contains("base");
        assertThat(first.get(0).text()).isEqualTo("LABEL one=1 \"two words\"=\"a b\"");
        assertThat(((Instruction.Label) first.get(0)).pairs())
                .containsExactly(new Pair("one", "1"), new Pair("\"two words\"", "\"a b\""));
        assertThat(((Instruction.Environment) first.get(2)).pairs())
                .containsExactly(new Pair("OLD", "the rest of it", true));
        assertThat(first.get(4).text()).isEqualTo("RUN apt-get update   && apt-get install --yes redis");
        assertThat(((Instruction.Run) first.get(4)).command().arguments())
                .containsExactly("/bin/sh", "-c", "apt-get update   && apt-get install --yes redis");
        assertThat(first.get(4).place().line()).isEqualTo(8);
        assertThat(first.get(4).place().lastLine()).isEqualTo(10);
        assertThat(((Instruction.Run) first.get(5)).command().arguments()).containsExactly("/bin/tool", "an argument");
        assertThat((Instruction.Copy) first.get(7))
                .returns(List.of("a", "b"), Instruction.Copy::sources)
                .returns("/srv/", Instruction.Copy::target)
                .returns("www:www", copy -> copy.flags().owner().orElse(""));
        assertThat(((Instruction.Copy) first.get(8)).sources()).containsExactly("with space");
        assertThat(((Instruction.Volume) first.get(12)).paths()).containsExactly("/more", "/again");
        assertThat(((Instruction.Command) first.getLast()).command().arguments())
                .containsExactly("/bin/sh", "-c", "run this");
        assertThat(((Instruction.Copy) file.stages().getLast().instructions().getFirst())
                        .flags()
                        .from())
                .contains("base");
        assertThat(file.stage("BASE", 2)).contains(0);
        assertThat(file.stage("1", 2)).contains(1);
        assertThat(file.stage("1", 1)).isEmpty();
    }

    @Test
    void escapeDirectiveChangesContinuation() {
        Dockerfile file = parse("# escape=`\nFROM x\nRUN a `\n b\\\n");
        assertThat(file.escape()).isEqualTo('`');
        assertThat(file.stages().getFirst().instructions().getFirst().text()).isEqualTo("RUN a  b\\");
    }

    @Test
    void directiveAfterACommentIsAComment() {
        assertThat(parse("# hello\n# escape=`\nFROM x\n").escape()).isEqualTo('\\');
    }

    @Test
    void listThatIsNoListOfTextsIsALineForTheShell() {
        assertThat(((Instruction.Run) parse("FROM x\nRUN [ -f /x ] && y\n")
                                .stages()
                                .getFirst()
                                .instructions()
                                .getFirst())
                        .command()
                        .shell())
                .isTrue();
    }

    @Test
    void anotherLanguageIsRefusedByName() {
        assertThatThrownBy(() -> parse("# syntax=other/language\nFROM x"))
                .hasMessageContaining("syntax=other/language")
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "RUN x",
                "FROM",
                "FROM a b",
                "FROM a AS 1x",
                "FROM x\nNONSENSE y",
                "FROM x\nCOPY a",
                "FROM x\nRUN --nonsense x",
                "FROM x\nENV A",
                "FROM x\nENV A=1 B",
                "FROM x\nLABEL =1",
                "FROM x\nARG =x",
                "FROM x\nCOPY --chown a b",
                "FROM x\nSHELL /bin/sh",
                "FROM x\nSHELL []",
                "FROM x\nHEALTHCHECK",
                "FROM x\nHEALTHCHECK NONE now",
                "FROM x\nHEALTHCHECK --interval=1 CMD x",
                "FROM x\nHEALTHCHECK --interval=50ns CMD x",
                "FROM x\nHEALTHCHECK --retries=-1 CMD x",
                "FROM x\nONBUILD ONBUILD RUN x",
                "FROM x\nONBUILD FROM y",
                "FROM x\nMAINTAINER --boo joe@example.com",
                "FROM x\nCOPY --link=maybe a b",
                "FROM x\nCOPY --from=a --from=b a b",
                "FROM x\nRUN --network=other y",
                "FROM x\nRUN --mount=from=$A,target=/x y",
                "FROM x\nRUN <<EOF\nnever ended",
                "FROM x\nCOPY a <<EOF\nEOF",
                "FROM x\nRUN [\"a\", 1]",
                "# escape=`\n# escape=`\nFROM x",
                "# escape=x\nFROM x"
            })
    void wrongFilesAreInvalidWithTheirLine(String text) {
        assertThatThrownBy(() -> parse(text))
                .hasMessageStartingWith("Dockerfile:")
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID));
    }

    private static Dockerfile parse(String text) {
        return DockerfileParser.parse("Dockerfile", text);
    }
}
