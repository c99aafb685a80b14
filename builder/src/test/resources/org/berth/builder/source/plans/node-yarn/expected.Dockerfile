# Node 20, for 20.x of package.json; yarn.lock

FROM debian:trixie AS build
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    apt-get -o APT::Update::Error-Mode=any update \
 && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Options::=--force-unsafe-io install --yes --no-install-recommends ca-certificates nodejs yarnpkg \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    ln -sf /usr/bin/yarnpkg /usr/local/bin/yarn
COPY package.json yarn.lock ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    --mount=type=cache,target=/usr/local/share/.cache/yarn,sharing=locked \
    yarn install --frozen-lockfile
COPY --exclude=node_modules . .
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    --mount=type=cache,target=/usr/local/share/.cache/yarn,sharing=locked \
    yarn install --frozen-lockfile --production --ignore-scripts --prefer-offline

FROM debian:trixie
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    apt-get -o APT::Update::Error-Mode=any update \
 && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Options::=--force-unsafe-io install --yes --no-install-recommends ca-certificates nodejs \
 && rm -rf /var/lib/apt/lists/*
ENV PATH=/app/node_modules/.bin:$PATH NODE_ENV=production PORT=8000
WORKDIR /app
COPY --from=build /app /app
EXPOSE 8000
CMD ["node", "index.js"]
