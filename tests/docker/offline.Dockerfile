# Kafka's and Apicurio's Java, Prometheus and Alertmanager, as Debian has them; for offline.yml.
FROM debian:bookworm-slim
# Java's package wants the folder of manuals, which the slim image has not.
RUN mkdir -p /usr/share/man/man1 && apt-get update \
    && apt-get install -y --no-install-recommends default-jre-headless prometheus \
        prometheus-alertmanager \
    && rm -rf /var/lib/apt/lists/*
COPY kafka.sh /programs/
