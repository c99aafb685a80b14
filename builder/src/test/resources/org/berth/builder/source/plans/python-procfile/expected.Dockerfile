# Python 3.13, which runtime.txt asks for; packages of requirements.txt; started by the Procfile's web

FROM debian:trixie AS system
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    apt-get -o APT::Update::Error-Mode=any update \
 && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Options::=--force-unsafe-io install --yes --no-install-recommends python3 \
 && rm -rf /var/lib/apt/lists/*

FROM system AS packages
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    apt-get -o APT::Update::Error-Mode=any update \
 && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Options::=--force-unsafe-io install --yes --no-install-recommends python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt requirements.txt
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    --mount=type=cache,target=/root/.cache/pip,sharing=shared \
    python3 -m venv --system-site-packages /opt/venv \
 && /opt/venv/bin/python -m pip install -r requirements.txt

FROM system
ENV PATH=/opt/venv/bin:$PATH VIRTUAL_ENV=/opt/venv PYTHONUNBUFFERED=1 PORT=8000
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY . .
EXPOSE 8000
CMD ["/bin/sh", "-c", "gunicorn -b :$PORT app:app"]
