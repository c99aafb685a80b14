# Python 3.11, Debian 12's; packages of requirements.txt; started by gunicorn, for the Flask application in shop.py

FROM debian:bookworm AS system
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    apt-get -o APT::Update::Error-Mode=any update \
 && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Options::=--force-unsafe-io install --yes --no-install-recommends python3 python3-flask \
 && rm -rf /var/lib/apt/lists/*

FROM system AS packages
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    apt-get -o APT::Update::Error-Mode=any update \
 && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Options::=--force-unsafe-io install --yes --no-install-recommends python3-venv gcc python3-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt requirements.txt
COPY more/base.txt more/base.txt
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
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "shop:shop"]
