# Python 3.11, which Pipfile asks for; packages of Pipfile.lock; started by waitress, for the Flask application in app.py

FROM debian:bookworm AS system
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
COPY <<'END' /tmp/requirements.txt
flask==2.2.2 ; python_version >= '3.7'
waitress==2.1.2
END
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    --mount=type=cache,target=/root/.cache/pip,sharing=shared \
    python3 -m venv --system-site-packages /opt/venv \
 && /opt/venv/bin/python -m pip install -r /tmp/requirements.txt

FROM system
ENV PATH=/opt/venv/bin:$PATH VIRTUAL_ENV=/opt/venv PYTHONUNBUFFERED=1 PORT=8000
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY . .
EXPOSE 8000
CMD ["waitress-serve", "--listen=0.0.0.0:8000", "--call", "app:create_app"]
