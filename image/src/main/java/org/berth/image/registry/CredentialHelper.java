package org.berth.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.berth.base.BerthException;
import org.berth.base.ErrorCode;
import org.berth.base.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A program of the user's that keeps credentials: {@code docker-credential-NAME}, spoken to by standard input and output
 * (docker-credential-helpers' protocol: get, store, erase). No secret is among its arguments.
 */
final class CredentialHelper {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final String PREFIX = "docker-credential-";
    private static final String TOKEN_USER = "<token>";
    private static final String NOT_FOUND = "credentials not found in native keychain";
    private static final int ANSWER_BYTES_MAX = 64 * 1024;
    private static final Duration ANSWER_MAX = Duration.ofSeconds(30);

    private final Path program;

    private CredentialHelper(Path program) {
        this.program = program;
    }

    /**
     * The helper of this name.
     *
     * @param searchPath folders separated by colons, as in PATH
     * @throws BerthException NOT_FOUND when none of the folders has it
     */
    static CredentialHelper of(String name, String searchPath) {
        if (!NAME.matcher(name).matches()) {
            throw new BerthException(ErrorCode.INVALID, "credential helper \"" + name + "\": expected a plain name");
        }
        return Stream.of(searchPath.split(":"))
                .filter(folder -> folder.startsWith("/"))
                .map(folder -> Path.of(folder, PREFIX + name))
                .filter(Files::isExecutable)
                .findFirst()
                .map(CredentialHelper::new)
                .orElseThrow(() -> new BerthException(
                        ErrorCode.NOT_FOUND,
                        "the credential helper " + PREFIX + name + " is configured, but is not in " + searchPath));
    }

    /** The credentials that it has for a server. */
    Optional<Credentials> get(String server) {
        Answer answer = run("get", server.getBytes(StandardCharsets.UTF_8));
        if (answer.code() != 0) {
            if (answer.text().contains(NOT_FOUND)) {
                return Optional.empty();
            }
            throw failed("get", answer);
        }
        try {
            JsonNode json = Json.MAPPER.readTree(answer.text());
            String user = json.path("Username").asString("");
            String secret = json.path("Secret").asString("");
            return Optional.of(
                            user.equals(TOKEN_USER)
                                    ? new Credentials("", "", secret)
                                    : new Credentials(user, secret, ""))
                    .filter(credentials -> !credentials.isEmpty());
        } catch (JacksonException e) {
            // the parser's own message would quote the answer
            throw new BerthException(ErrorCode.FAILED, program + " get did not answer in JSON");
        }
    }

    /** Has it keep the credentials for a server. */
    void store(String server, Credentials credentials) {
        boolean token = !credentials.identityToken().isEmpty();
        Answer answer = run(
                "store",
                Json.MAPPER.writeValueAsBytes(Map.of(
                        "ServerURL",
                        server,
                        "Username",
                        token ? TOKEN_USER : credentials.user(),
                        "Secret",
                        token ? credentials.identityToken() : credentials.password())));
        if (answer.code() != 0) {
            throw failed("store", answer);
        }
    }

    /** Has it forget the credentials for a server. */
    void erase(String server) {
        Answer answer = run("erase", server.getBytes(StandardCharsets.UTF_8));
        if (answer.code() != 0 && !answer.text().contains(NOT_FOUND)) {
            throw failed("erase", answer);
        }
    }

    private record Answer(int code, String text) {}

    private BerthException failed(String action, Answer answer) {
        String words = answer.text().strip().replaceAll("[\\p{Cntrl}\\s]+", " ");
        return new BerthException(
                ErrorCode.FAILED,
                program + " " + action + " ended with " + answer.code() + ": "
                        + words.substring(0, Math.min(words.length(), 200)));
    }

    private Answer run(String action, byte[] input) {
        try {
            Process process = new ProcessBuilder(program.toString(), action)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                return answer(process, input);
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException | ExecutionException e) {
            throw new BerthException(ErrorCode.FAILED, "run " + program + " " + action + ": " + e.getMessage(), e);
        } catch (TimeoutException e) {
            throw new BerthException(
                    ErrorCode.TIMEOUT,
                    program + " " + action + " did not answer within " + ANSWER_MAX.toSeconds() + " s",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BerthException(ErrorCode.UNAVAILABLE, program + " " + action + ": interrupted", e);
        }
    }

    private static Answer answer(Process process, byte[] input)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        CompletableFuture<String> output = new CompletableFuture<>();
        Thread.ofVirtual().name("credential helper").start(() -> {
            try (InputStream stream = process.getInputStream()) {
                output.complete(new String(stream.readNBytes(ANSWER_BYTES_MAX), StandardCharsets.UTF_8));
            } catch (IOException e) {
                output.completeExceptionally(e);
            }
        });
        try (OutputStream stream = process.getOutputStream()) {
            stream.write(input);
        } catch (IOException e) {
            // it has ended, or needs no input: its answer tells
        }
        String text = output.get(ANSWER_MAX.toMillis(), TimeUnit.MILLISECONDS);
        if (!process.waitFor(ANSWER_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new TimeoutException();
        }
        return new Answer(process.exitValue(), text);
    }
}
