"""The layers: data flows one way, and only io touches the outside."""

import re

from source import Finding

CORES = ("core", "feed", "flow", "sink", "shard", "watch")
MAY_USE = {
    "core": ("core",),
    "feed": ("core", "feed"),
    "flow": ("core", "flow"),
    "sink": ("core", "sink"),
    "shard": ("core", "feed", "flow", "sink", "watch", "shard"),
    "watch": ("core", "watch"),
    "io": (*CORES, "io"),
    "tools": ("core", "sink", "watch", "io", "tools"),
    "app": (*CORES, "io", "tools", "app"),
}
OUTSIDE = re.compile(
    r"<(boost/(asio|beast)|openssl/|librdkafka/|sqlite3|curl/|zlib|zstd|spdlog/|prometheus/"
    r"|sys/|netinet/|arpa/|unistd|fcntl|poll\.h|netdb|termios|csignal|signal\.h"
    r"|thread>|mutex>|condition_variable>|fstream>|filesystem>|random>)"
)
ALLOWED_IN_TESTS = ("<thread>", "<fstream>", "<random>", "<filesystem>")


def folder_of(path):
    parts = path.split("/")
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    return parts[0] if len(parts) > 1 else ""


def folder_of_include(name):
    first = name.split("/")[0]
    return first if first in MAY_USE else None


def is_pure(path):
    return folder_of(path) in CORES


def check_layers(source):
    folder = folder_of(source.path)
    if not source.is_cpp or folder not in MAY_USE:
        return
    for line, name in source.includes():
        if source.excused(line):
            continue
        target = folder_of_include(name)
        if target and target not in MAY_USE[folder]:
            yield Finding(source.path, line, "layer", f"{folder} may not include {target}: {name}")
        if is_pure(source.path) and OUTSIDE.match(name):
            if not (source.is_test and name in ALLOWED_IN_TESTS):
                yield Finding(source.path, line, "layer", f"{folder} is pure; it has no {name}")
        if name.startswith("<boost/beast/websocket"):
            yield Finding(source.path, line, "layer", "WebSocket framing is core/ws, not Beast's")
        if ".." in name.split("/"):
            yield Finding(source.path, line, "layer", f"name the path from src/: {name}")
