# Go 1.24: go.mod asks for 1.22.1; built from ./cmd/shop

FROM debian:trixie AS build
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    apt-get -o APT::Update::Error-Mode=any update \
 && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Options::=--force-unsafe-io install --yes --no-install-recommends ca-certificates golang-go \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
ENV CGO_ENABLED=0
COPY go.* ./
RUN --mount=type=secret,id=go.env,target=/root/.config/go/env \
    --mount=type=cache,target=/root/go/pkg/mod,sharing=shared \
    go mod download
COPY . .
RUN --mount=type=secret,id=go.env,target=/root/.config/go/env \
    --mount=type=cache,target=/root/go/pkg/mod,sharing=shared \
    --mount=type=cache,target=/root/.cache/go-build,sharing=shared \
    go build -trimpath -ldflags=-s -o /out/app ./cmd/shop

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/app /app
ENV PORT=8000
EXPOSE 8000
CMD ["/app"]
