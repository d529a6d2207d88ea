"""Ports for servers that a test starts and that cannot take port 0 and report what they got."""

import random
import socket

# Ports below those that Linux gives to outgoing connections and to port 0 (32768 to 60999 unless
# net.ipv4.ip_local_port_range is set otherwise): a connection of a test that runs at the same time
# cannot take the port before the server has it.
FIRST, LAST = 10_000, 32_000
TRIES = 100


def free_port():
    """A loopback port on which nothing listens."""
    for _ in range(TRIES):
        port = random.randint(FIRST, LAST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"{TRIES} ports between {FIRST} and {LAST} are all in use")
