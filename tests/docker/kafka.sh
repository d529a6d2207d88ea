#!/bin/sh
# Starts Kafka as its own image does: KAFKA_A_B=c in the environment is a.b=c in its properties.
set -eu
properties=/tmp/server.properties
env | sed -n 's/^KAFKA_\([A-Z0-9_]*=.*\)/\1/p' | while IFS='=' read -r name value; do
  [ "$name" = HEAP_OPTS ] ||
    printf '%s=%s\n' "$(printf %s "$name" | tr 'A-Z_' 'a-z.')" "$value"
done >"$properties"
# shellcheck disable=SC2086
"$JAVA" $KAFKA_HEAP_OPTS -cp '/jars/libs/*' kafka.tools.StorageTool format --ignore-formatted \
  -t "$CLUSTER_ID" -c "$properties"
# shellcheck disable=SC2086
exec "$JAVA" $KAFKA_HEAP_OPTS -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp '/jars/libs/*' \
  kafka.Kafka "$properties"
