# The image of K2: what `./dev setup run` installs builds it, and only the program and its libraries
# are in it. Run it with a read-only root; all it writes is the volume /data.
#
#     docker build -t k2 .
#
# With BuildKit, PROGRAM may name any image that has /out/k2, a program built for Debian 12 already;
# then nothing is compiled.
ARG PROGRAM=compile

FROM debian:bookworm-slim AS compile
WORKDIR /src
COPY dev ./
COPY tools/dev tools/dev
RUN ./dev setup run && rm -rf /var/lib/apt/lists/*
COPY . .
RUN cmake --preset release && ninja -C build/release k2 && install -D -s build/release/k2 /out/k2

FROM ${PROGRAM} AS program

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libcurl4 libfmt9 librdkafka1 \
        libsimdjson14 libspdlog1.10 libsqlite3-0 libssl3 libstdc++6 libtomlplusplus3 libzstd1 zlib1g \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
    && useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin k2 \
    && install -d -o k2 -g k2 /data /exchange
COPY --from=program /out/k2 /usr/local/bin/k2
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="K2" \
      org.opencontainers.image.description="Every trade that Binance publishes, once and in order" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
ENV K2_DATA_DIR=/data K2_METRICS_LISTEN=0.0.0.0:9091
WORKDIR /data
USER k2
VOLUME /data
EXPOSE 9091
# K2 handles SIGTERM itself and has no children: it is process 1.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=15s --start-period=60s CMD ["k2", "check", "--ready"]
ENTRYPOINT ["k2"]
CMD ["stream"]
