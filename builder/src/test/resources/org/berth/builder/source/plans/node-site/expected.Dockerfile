# Node 18, Debian 12's; no lock file: what is newest is installed

FROM debian:bookworm AS build
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    apt-get -o APT::Update::Error-Mode=any update \
 && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Options::=--force-unsafe-io install --yes --no-install-recommends ca-certificates nodejs npm \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    --mount=type=cache,target=/root/.npm,sharing=locked \
    npm install
COPY --exclude=node_modules . .
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    --mount=type=cache,target=/root/.npm,sharing=locked \
    npm run build

FROM debian:bookworm
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    apt-get -o APT::Update::Error-Mode=any update \
 && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Options::=--force-unsafe-io install --yes --no-install-recommends nginx-light \
 && rm -rf /var/lib/apt/lists/*
COPY <<'END' /etc/nginx/nginx.conf
worker_processes 2;
user www-data;
pid /run/nginx.pid;
error_log stderr;
events {}
http {
    include /etc/nginx/mime.types;
    access_log /dev/stdout;
    sendfile on;
    gzip on;
    gzip_types text/css application/javascript application/json image/svg+xml;
    server {
        listen 8000;
        root /srv/site;
        location ~ /\. {
            return 404;
        }
        location / {
            try_files $uri $uri/ $uri.html =404;
        }
    }
}
END
EXPOSE 8000
CMD ["nginx", "-g", "daemon off;"]
COPY --from=build /app/dist /srv/site
