package org.berth.builder.source;

import java.util.List;
import java.util.Optional;

/** A site of files: index.html, in the folder or in its folder public, by nginx. */
final class StaticSource implements SourceDetector {
    private static final String INDEX = "index.html";
    private static final List<String> FOLDERS = List.of("", "public/", "dist/", "site/");

    @Override
    public String sign() {
        return INDEX + " (a site of files)";
    }

    @Override
    public Optional<SourcePlan> plan(SourceFolder folder, boolean commandGiven) {
        return FOLDERS.stream()
                .filter(below -> folder.has(below + INDEX))
                .findFirst()
                .map(below -> new SourcePlan(
                        "static",
                        server(new DockerfileText().comment("a site of files: " + below + INDEX))
                                .line("COPY " + (below.isEmpty() ? "." : below.replace("/", "")) + " /srv/site")
                                .text()));
    }

    /** The stage that serves /srv/site. */
    static DockerfileText server(DockerfileText text) {
        return text.from(DebianRelease.BOOKWORM.image(), "")
                .packages(List.of("nginx-light"))
                .file(
                        "/etc/nginx/nginx.conf",
                        List.of(
                                "worker_processes 2;",
                                "user www-data;",
                                "pid /run/nginx.pid;",
                                "error_log stderr;",
                                "events {}",
                                "http {",
                                "    include /etc/nginx/mime.types;",
                                "    access_log /dev/stdout;",
                                "    sendfile on;",
                                "    gzip on;",
                                "    gzip_types text/css application/javascript application/json image/svg+xml;",
                                "    server {",
                                "        listen " + StartCommand.PORT + ";",
                                "        root /srv/site;",
                                "        location ~ /\\. {",
                                "            return 404;",
                                "        }",
                                "        location / {",
                                "            try_files $uri $uri/ $uri.html =404;",
                                "        }",
                                "    }",
                                "}"))
                .line("EXPOSE " + StartCommand.PORT)
                .command(List.of("nginx", "-g", "daemon off;"));
    }
}
