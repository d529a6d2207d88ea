#!/usr/bin/env python3
"""The live exchange, as an operator would meet it: no setting but the symbols. TLS, more than a
hundred messages in a minute, a rotation, a heartbeat over a quarter of an hour, memory over two
hours. Skipped, loudly, where the exchange does not answer.

`live_rehearsal_test.py` runs the same code against `k2 sim` under the exchange's own name, with
every span divided (TEST_LIVE_COMPRESS) and the simulator's authority trusted (TEST_LIVE_CA).
"""

import http.client
import json
import os
import pathlib
import ssl
import socket
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import harness  # noqa: E402

STREAM = ("stream.binance.com", 9443)
REST = ("api.binance.com", 443)
COMPRESS = float(os.environ.get("TEST_LIVE_COMPRESS", "1"))
CA = os.environ.get("TEST_LIVE_CA")
PING_S = 180 / COMPRESS
HEARTBEAT_S = 15 * 60 / COMPRESS
SKIPPED = 77


def unreachable():
    """The reason why the exchange cannot be reached with a valid certificate; None if it can."""
    context = ssl.create_default_context(cafile=CA)
    for host, port in (STREAM, REST):
        try:
            with socket.create_connection((host, port), timeout=10) as plain:
                with context.wrap_socket(plain, server_hostname=host):
                    pass
        except OSError as failure:
            return f"{host}:{port}: {failure}"
    return None


class Live(harness.EndToEnd):
    def settings(self):
        """Nothing but the symbols; the rehearsal shortens what takes long."""
        flags = ["--symbols", "BTCUSDT,ETHUSDT", "--data-dir", self.data_dir,
                 "--metrics-listen", "127.0.0.1:0"]
        if CA:
            flags += ["--custom-ca-bundle", CA]
        if COMPRESS > 1:
            flags += ["--allow-drills", "--ping-interval-seconds", PING_S]
        return flags

    def start_live(self):
        stream = self.start("stream", "stream", *self.settings())
        listening = self.wait_for(lambda: stream.events("watch.listening"), "the watch server",
                                  alive=(stream,))
        self.port = listening[0]["port"]
        self.wait_for(lambda: self.accepted() > 0, "the first trade", alive=(stream,))
        return stream

    def ask(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.read().decode() if reply.status == 200 else ""
        finally:
            connection.close()

    def status(self):
        return json.loads(self.ask("/api/status") or "{}")

    def accepted(self):
        return self.status().get("tape", {}).get("accepted", 0)

    def metric(self, name):
        lines = self.ask("/metrics").splitlines()
        return next(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name + " "))

    def assert_clean(self, stream):
        self.stop(stream, seconds=30)
        self.run_k2("verify", "verify", "--data-dir", self.data_dir)
        self.assertEqual(stream.events("stream.stopped")[0]["minutes_incomplete"], 0)

    def test_tls_messages_and_a_rotation(self):
        stream = self.start_live()
        began = self.accepted()
        self.wait_for(lambda: self.accepted() - began > 100, "a hundred trades in a minute",
                      seconds=60, alive=(stream,))
        links = self.status()["links"]
        self.assertTrue(links["tls_verified"])
        self.assertIn(STREAM[0], links["lines"][0]["endpoint"])
        upgraded = stream.events("connection.upgraded")[0]
        self.assertRegex(upgraded["peer"], r"TLSv1\.[23]")

        old = {line["id"] for line in self.status()["links"]["lines"]}
        self.run_k2("ctl", "ctl", "rotate", "--data-dir", self.data_dir)
        self.wait_for(lambda: self.replaced(old), "every connection replaced", seconds=300,
                      alive=(stream,))
        more = self.accepted()
        self.wait_for(lambda: self.accepted() > more, "trades on the new one", alive=(stream,))
        self.assertEqual(sum(self.status()["links"]["reconnects"].values()), 0)
        self.assert_clean(stream)

    def replaced(self, old):
        lines = self.status()["links"]["lines"]
        return bool(lines) and not old & {line["id"] for line in lines}

    def test_heartbeat_over_a_quarter_of_an_hour(self):
        stream = self.start_live()
        end = time.monotonic() + HEARTBEAT_S
        # Time itself is what is tested: the exchange ends a connection that does not answer it.
        while time.monotonic() < end:
            self.assertTrue(stream.running(), harness.tail(stream))
            time.sleep(min(5, HEARTBEAT_S / 10))
        pings = self.metric("binance_pings_sent_total")
        connections = len({line["place"] for line in self.status()["links"]["lines"]})
        # A quarter of an hour has five pings; the fifth may be on its way, and a first one late.
        self.assertGreaterEqual(pings, 3 * connections)
        self.assertLessEqual(pings, 6 * connections)
        self.wait_for(lambda: self.metric("binance_pongs_received_total")
                      >= pings, "every pong", alive=(stream,))
        self.assertEqual(self.metric("binance_pong_timeouts_total"), 0)
        self.assert_clean(stream)

    def test_memory_over_two_hours(self):
        out = self.folder / "soak"
        flags = ["--symbols", "BTCUSDT,ETHUSDT", "--metrics-listen", "127.0.0.1:0"]
        if CA:
            flags += ["--custom-ca-bundle", CA]
        # Fifty times the rest's factor at most: two hours of a rehearsal are as many seconds.
        soak = self.start("soak", "soak", "--profile", "2h", "--compress", 4 * COMPRESS
                          if COMPRESS > 1 else 1, "--out", out, *flags)
        code = soak.wait(3 * 3600)
        print((out / "binance_soak_test_report.txt").read_text(encoding="utf-8"))
        # The half minute of a rehearsal is too short for the stream's audit, and for nothing else.
        profile = json.loads((out / "binance_soak_memory_profile.json").read_text("utf-8"))
        verdict = profile["verdict"]
        wanted = (0, "PASS", []) if COMPRESS == 1 else (3, "UNKNOWN", ["integrity"])
        self.assertEqual((code, verdict["outcome"], verdict["failed"]), wanted, harness.tail(soak))


if __name__ == "__main__":
    why = unreachable()
    if why:
        print("=" * 80 + f"\nSKIPPED: the live exchange was NOT tested: {why}\n" + "=" * 80)
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
