# Python 3.13, as pyproject.toml asks for >=3.12; packages of uv.lock; started by uvicorn, for the FastAPI application in main.py

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
COPY <<'END' /tmp/requirements.txt
click==8.1.7 --hash=sha256:ae74fb96c20a0277a1d615f1e4d73c8414f5a98db8b799a7931d1582f3390c28 --hash=sha256:ca9853ad459e787e2192211578cc907e7594e294c7ccc834310722b41b9ca6de
colorama==0.4.6 ; sys_platform == 'win32' --hash=sha256:4f1d9991f5acc0ca119f9d443620b77f9d6b33703e51011c16baf57afb285fc6
fastapi==0.115.0 --hash=sha256:17ea427674467486e997206a5ab25760f6b09e069f099b96f5b55a32fb6f1631
uvicorn==0.31.0 --hash=sha256:cac7be4dd4d891c363cd942160a7b02e69150dcbc7a36be04d5f4af4b17c8ced
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
CMD ["python", "-m", "uvicorn", "main:api", "--host", "0.0.0.0", "--port", "8000"]
