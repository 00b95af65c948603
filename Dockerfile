# rankd with its embedded store. Data, keys and the append-only file live in /data.
FROM python:3.13-slim-trixie AS build
WORKDIR /src
COPY pyproject.toml README.md ./
COPY rankd rankd
COPY lua lua
RUN python -m venv /opt/rankd && /opt/rankd/bin/pip install --no-cache-dir .

FROM python:3.13-slim-trixie
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin rankd \
 && install -d -o rankd -g rankd -m 0700 /data
COPY --from=build /opt/rankd /opt/rankd
ENV PATH=/opt/rankd/bin:$PATH RANKD_HOST=0.0.0.0 RANKD_PORT=8080 RANKD_DATA_DIR=/data
USER rankd
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
CMD ["rankd", "serve"]
