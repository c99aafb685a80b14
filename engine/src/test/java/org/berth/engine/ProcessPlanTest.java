package org.berth.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.image.ImageConfig;
import org.junit.jupiter.api.Test;

/** A request laid over its image, by Docker's rules. */
class ProcessPlanTest {
    private static final ImageConfig IMAGE =
            Samples.config(List.of("PATH=/own/bin", "LANG=C"), List.of("/entry"), List.of("serve"));

    private static List<String> arguments(Samples request, ImageConfig image) {
        return ProcessPlan.of(request.build(), image, "host").arguments();
    }

    @Test
    void theImagesOwnRunWhereNothingIsAsked() {
        assertThat(arguments(new Samples(), IMAGE)).containsExactly("/entry", "serve");
    }

    @Test
    void aCommandReplacesTheImagesCommand() {
        assertThat(arguments(Samples.run("migrate", "-v"), IMAGE)).containsExactly("/entry", "migrate", "-v");
    }

    @Test
    void anEntrypointDropsTheImagesCommandToo() {
        Samples request = new Samples();
        request.entrypoint = Optional.of(List.of("/bin/sh"));
        assertThat(arguments(request, IMAGE)).containsExactly("/bin/sh");
    }

    @Test
    void anEmptyEntrypointLeavesTheCommandAlone() {
        Samples request = Samples.run("ls");
        request.entrypoint = Optional.of(List.of());
        assertThat(arguments(request, IMAGE)).containsExactly("ls");
    }

    @Test
    void nothingToRunIsAnError() {
        assertThatThrownBy(() -> arguments(new Samples(), Samples.config(List.of(), List.of(), List.of())))
                .isInstanceOf(BerthException.class)
                .hasMessageContaining("no command specified");
    }

    @Test
    void environmentOfTheRequestOverThatOfTheImageOverOurs() {
        Samples request = new Samples();
        request.terminal = true;
        request.environment = List.of("LANG=de", "EMPTY=", "A=b=c");
        assertThat(ProcessPlan.of(request.build(), IMAGE, "host").environment())
                .containsExactly("PATH=/own/bin", "HOSTNAME=host", "TERM=xterm", "LANG=de", "EMPTY=", "A=b=c");
    }

    @Test
    void aNameAloneTakesItAway() {
        Samples request = new Samples();
        request.environment = List.of("LANG");
        assertThat(ProcessPlan.of(request.build(), IMAGE, "host").environment())
                .containsExactly("PATH=/own/bin", "HOSTNAME=host");
    }

    @Test
    void homeIsTheUsersUnlessItIsSet() {
        assertThat(ProcessPlan.withHome(List.of("A=b"), "/home/me")).containsExactly("A=b", "HOME=/home/me");
        assertThat(ProcessPlan.withHome(List.of("HOME=/x"), "/home/me")).containsExactly("HOME=/x");
    }

    @Test
    void aRelativeWorkingDirectoryIsRefused() {
        Samples request = new Samples();
        request.workingDirectory = Optional.of("src");
        assertThatThrownBy(() -> ProcessPlan.of(request.build(), IMAGE, "host"))
                .hasMessageContaining("needs to be an absolute path");
    }
}
