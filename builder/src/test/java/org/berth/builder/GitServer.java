package org.berth.builder;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Git's own server behind http, for the repositories of a folder. */
final class GitServer implements AutoCloseable {
    private final Path folder;
    private final HttpServer server;
    /** What a client must send to be answered; empty: nothing. */
    volatile Optional<String> authorization = Optional.empty();

    GitServer(Path folder) throws IOException {
        this.folder = folder;
        this.server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    String address(String repository) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/" + repository;
    }

    /** Runs git with no settings but its own. */
    static String git(Path folder, String... arguments) {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(arguments));
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
            environment(builder.environment());
            Process process = builder.start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError(command + ": " + said);
            }
            return said.strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void environment(Map<String, String> environment) {
        environment.put("GIT_CONFIG_GLOBAL", "/dev/null");
        environment.put("GIT_CONFIG_SYSTEM", "/dev/null");
        for (String who : List.of("AUTHOR", "COMMITTER")) {
            environment.put("GIT_" + who + "_NAME", "someone");
            environment.put("GIT_" + who + "_EMAIL", "someone@example");
            environment.put("GIT_" + who + "_DATE", "1700000000 +0000");
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }

    /** By CGI (git-http-backend(1)). */
    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String told = exchange.getRequestHeaders().getFirst("Authorization");
            if (authorization.isPresent() && !authorization.get().equals(told)) {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"x\"");
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            ProcessBuilder builder = new ProcessBuilder("git", "http-backend");
            Map<String, String> environment = builder.environment();
            environment(environment);
            environment.put("GIT_PROJECT_ROOT", folder.toString());
            environment.put("GIT_HTTP_EXPORT_ALL", "1");
            environment.put("PATH_INFO", exchange.getRequestURI().getPath());
            environment.put(
                    "QUERY_STRING",
                    Optional.ofNullable(exchange.getRequestURI().getQuery()).orElse(""));
            environment.put("REQUEST_METHOD", exchange.getRequestMethod());
            header(exchange, "Content-Type", "CONTENT_TYPE", environment);
            header(exchange, "Content-Encoding", "HTTP_CONTENT_ENCODING", environment);
            header(exchange, "Git-Protocol", "GIT_PROTOCOL", environment);
            Process process = builder.start();
            try (OutputStream input = process.getOutputStream()) {
                exchange.getRequestBody().transferTo(input);
            }
            try (InputStream output = process.getInputStream()) {
                int status = 200;
                for (String line = line(output); !line.isEmpty(); line = line(output)) {
                    String name = line.substring(0, line.indexOf(':'));
                    String value = line.substring(line.indexOf(':') + 1).strip();
                    if (name.equals("Status")) {
                        status = Integer.parseInt(value.substring(0, 3));
                    } else {
                        exchange.getResponseHeaders().add(name, value);
                    }
                }
                exchange.sendResponseHeaders(status, 0);
                output.transferTo(exchange.getResponseBody());
            }
        }
    }

    private static void header(HttpExchange exchange, String name, String variable, Map<String, String> environment) {
        Optional.ofNullable(exchange.getRequestHeaders().getFirst(name))
                .ifPresent(value -> environment.put(variable, value));
    }

    private static String line(InputStream input) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int one = input.read(); one >= 0 && one != '\n'; one = input.read()) {
            if (one != '\r') {
                line.append((char) one);
            }
        }
        return line.toString();
    }

    /** A repository with a file, a program, a link and a folder, in which nothing is left to chance. */
    static Path repository(Path folder, String name) {
        try {
            Path repository = Files.createDirectories(folder.resolve(name));
            git(repository, "init", "-q", "-b", "main");
            Files.createDirectories(repository.resolve("sub/deep"));
            Files.writeString(repository.resolve("README"), "of " + name + "\n");
            Files.writeString(repository.resolve("sub/deep/file"), "deep\n");
            Files.writeString(repository.resolve("run.sh"), "#!/bin/sh\n");
            if (!repository.resolve("run.sh").toFile().setExecutable(true)) {
                throw new AssertionError("no mode could be set");
            }
            Files.createSymbolicLink(repository.resolve("sub/link"), Path.of("deep/file"));
            commit(repository, "one");
            return repository;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String commit(Path repository, String message) {
        git(repository, "add", "-A");
        git(repository, "commit", "-q", "-m", message);
        return git(repository, "rev-parse", "HEAD");
    }
}
