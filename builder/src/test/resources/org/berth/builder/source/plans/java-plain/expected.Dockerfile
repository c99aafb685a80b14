# Java 17: pom.xml asks for 17

FROM debian:bookworm AS build
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    apt-get -o APT::Update::Error-Mode=any update \
 && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Options::=--force-unsafe-io install --yes --no-install-recommends ca-certificates maven openjdk-17-jdk-headless \
 && rm -rf /var/lib/apt/lists/*
ENV JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64
WORKDIR /src
COPY --exclude=target . .
RUN --mount=type=secret,id=settings.xml,target=/etc/maven/settings.xml \
    --mount=type=cache,target=/root/.m2,sharing=locked \
    mvn --batch-mode --no-transfer-progress -DskipTests -Dmaven.compiler.source=17 -Dmaven.compiler.target=17 package dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=/out/lib \
 && mkdir -p /out \
 && find target -maxdepth 1 -name '*.jar' ! -name 'original-*' ! -name '*-sources.jar' ! -name '*-javadoc.jar' ! -name '*-tests.jar' ! -name '*-plain.jar' -size +0 -printf '%s %p\n' | sort -n | tail -1 | cut -d' ' -f2- > /tmp/jar \
 && cp "$(cat /tmp/jar)" /out/app.jar

FROM debian:bookworm
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    apt-get -o APT::Update::Error-Mode=any update \
 && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Options::=--force-unsafe-io install --yes --no-install-recommends ca-certificates openjdk-17-jre-headless \
 && rm -rf /var/lib/apt/lists/*
ENV PORT=8000 SERVER_PORT=8000 QUARKUS_HTTP_PORT=8000
WORKDIR /app
COPY --from=build /out /app
EXPOSE 8000
CMD ["java", "-cp", "/app/app.jar:/app/lib/*", "shop.Main"]
