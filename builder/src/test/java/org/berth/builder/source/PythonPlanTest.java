package org.berth.builder.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PythonPlanTest {
    @Test
    void packagesRequirementsAndStart() {
        PythonPlan plan = plan(
                Map.of(
                        "requirements.txt", "flask\n-r more/base.txt\n",
                        "more/base.txt", "redis>=4  # comment\n-c ../constraints.txt\n",
                        "constraints.txt", "redis<6\n",
                        "apt.txt", "# Debian\npython3-flask\n\nlibpq5=15.1-1+deb12u1 # pinned\npython3\n",
                        "Procfile", "worker: celery\nweb: python -m gunicorn app:app\n"),
                false);
        assertThat(plan.packages())
                .containsExactly("python3", "python3-venv", "python3-flask", "libpq5=15.1-1+deb12u1");
        assertThat(plan.requirements()).containsOnlyKeys("requirements.txt", "more/base.txt", "constraints.txt");
        assertThat(plan.start()).contains(List.of("python", "-m", "gunicorn", "app:app"));
        assertThat(plan.packagesCommand()).contains(" python3 python3-venv python3-flask libpq5=15.1-1+deb12u1 && rm ");
    }

    @Test
    void procfileLineThatNeedsAShellGetsOne() {
        assertThat(Procfile.command("web: gunicorn -b :$PORT app", "web"))
                .contains(List.of("/bin/sh", "-c", "gunicorn -b :$PORT app"));
        assertThat(Procfile.command("website: x", "web")).isEmpty();
    }

    @Test
    void nothingToStartIsAnErrorThatSaysWhatWasExpected() {
        Map<String, String> files = Map.of("requirements.txt", "");
        assertThatThrownBy(() -> plan(files, false))
                .hasMessageContaining("'command:'")
                .hasMessageContaining("'web: COMMAND'")
                .isInstanceOfSatisfying(
                        BerthException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID));
        assertThat(plan(files, true).start()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"; rm -rf /", "$(id)", "-o=x", "Python3", "a b", "../x", "a`b`"})
    void aptNamesAreNamesOnly(String name) {
        assertThatThrownBy(() -> plan(Map.of("requirements.txt", "", "apt.txt", "\n" + name), true))
                .isInstanceOf(BerthException.class)
                .hasMessageStartingWith("apt.txt:2: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"-e .", ".", "./package", "/host/package", "file:///x", "-r ../outside.txt", "-r missing.txt"})
    void requirementsThatAreNotThereYetAreNamed(String line) {
        assertThatThrownBy(() -> plan(Map.of("requirements.txt", line), true))
                .isInstanceOf(BerthException.class)
                .hasMessageMatching("(?s).*(requirements.txt:1|missing.txt).*");
    }

    private static PythonPlan plan(Map<String, String> files, boolean commandGiven) {
        return PythonPlan.of(path -> Optional.ofNullable(files.get(path)), commandGiven);
    }
}
