# The service in a container: no compiler, no root, nothing written but the two volumes and /tmp.
FROM python:3.11.14-slim-bookworm AS build
WORKDIR /opt/hourbank
RUN python -m venv .venv
COPY requirements.lock .
RUN .venv/bin/python -m pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r requirements.lock

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home hourbank \
    && install --directory --owner hourbank --mode 0700 /var/lib/hourbank /var/cache/hourbank
WORKDIR /opt/hourbank
COPY --from=build /opt/hourbank/.venv .venv
COPY gunicorn.conf.py openapi.yaml ./
COPY rules rules
COPY schemas schemas
COPY service service
COPY data data
ENV PATH=/opt/hourbank/.venv/bin:$PATH \
    PYTHONPATH=/opt/hourbank \
    PYTHONDONTWRITEBYTECODE=1 \
    HOURBANK_HOME=/var/lib/hourbank \
    NUMBA_CACHE_DIR=/var/cache/hourbank \
    TMPDIR=/var/cache/hourbank
USER hourbank
# Compiled here for this kind of processor; kept in a volume, because another kind compiles its own.
RUN python -m rules.warm
VOLUME ["/var/lib/hourbank", "/var/cache/hourbank"]
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["python", "-P", "-m", "service.cli"]
CMD ["serve", "--host", "0.0.0.0"]
