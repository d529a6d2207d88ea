#!/usr/bin/env python3
"""The code of the live suite, exercised where there is no live exchange: `k2 sim` replaces it under
the exchange's own names and ports, with a certificate for them, in namespaces of mount and network
that only this test sees. Everything is K2's default but the authority, and spans are divided by 60.
"""

import fcntl
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import harness  # noqa: E402

INSIDE = "TEST_LIVE_INSIDE"
NAMES = ("stream.binance.com", "api.binance.com")
COMPRESS = 60
SKIPPED = 77
IFF_UP = 1
SIOCSIFFLAGS = 0x8914


def enter_namespaces():
    """Runs this again where /etc/hosts and the ports are its own; nothing outside changes."""
    unshare = ["unshare", "--mount", "--net"]
    if os.geteuid() != 0:
        unshare.insert(1, "--map-root-user")
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
        print("SKIPPED: the live suite was NOT rehearsed: this machine gives no namespaces")
        sys.exit(SKIPPED)
    command = [*unshare, sys.executable, "-B", __file__]
    sys.exit(subprocess.run(command, env={**os.environ, INSIDE: "1"}, check=False).returncode)


def stand_in_names(folder):
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    hosts = folder / "hosts"
    hosts.write_text("127.0.0.1 localhost " + " ".join(NAMES) + "\n")
    subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)


def start_exchange(folder):
    flags = ["sim", "--symbols", "BTCUSDT,ETHUSDT", "--rate", "200", "--port", "9443",
             "--rest-port", "443", "--tls-dir", folder / "tls"]
    for name in NAMES:
        flags += ["--tls-name", name]
    exchange = harness.Process("sim", flags, folder)
    while "k2-sim ready" not in exchange.output():
        if not exchange.running():
            raise SystemExit(f"FAILED: the exchange in a box:\n{harness.tail(exchange)}")
        time.sleep(0.02)
    return exchange


def main():
    if INSIDE not in os.environ:
        enter_namespaces()
    with tempfile.TemporaryDirectory(prefix="k2-live-") as name:
        folder = pathlib.Path(name)
        stand_in_names(folder)
        exchange = start_exchange(folder)
        try:
            environment = {**os.environ, "TEST_LIVE_COMPRESS": str(COMPRESS),
                           "TEST_LIVE_CA": str(folder / "tls" / "ca.pem")}
            return subprocess.run([sys.executable, "-B", str(HERE / "live_test.py")],
                                  env=environment, check=False).returncode
        finally:
            exchange.kill()


if __name__ == "__main__":
    sys.exit(main())
