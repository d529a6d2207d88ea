"""A stream's HTTP server: its numbers equal the truth, and it refuses invalid requests."""

import csv
import http.client
import json
import re
import shutil
import socket
import subprocess
import unittest

import harness

ALL = harness.TRADE_COUNT
# "minutes" is what this counter counts, no unit of a time: the one name that promtool dislikes.
LINT_EXCUSED = 'binance_audit_minutes_total use base unit "seconds" instead of "minutes"'


def samples(page):
    """{name with labels: value} of a scrape."""
    lines = (line for line in page.splitlines() if line and not line.startswith("#"))
    return {name: float(number) for name, number in (line.rsplit(" ", 1) for line in lines)}


class Watch(harness.WithExchange):
    def port_of(self, stream):
        listening = self.wait_for(lambda: stream.events("watch.listening"), "the watch server",
                                  alive=(stream,))
        return listening[0]["port"]

    def ask(self, stream, target, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port_of(stream), timeout=10)
        try:
            connection.request(method, target)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def metrics(self, stream):
        status, page = self.ask(stream, "/metrics")
        return samples(page) if status == 200 else {}

    def last_ids(self):
        """{symbol: its newest published id}, from the ledger."""
        last = {}
        with open(self.ledger, newline="") as file:
            for row in csv.reader(file):
                last[row[0]] = max(last.get(row[0], 0), int(row[1]))
        return last

    def recorded(self, *flags):
        """A stream that has stored all of a recording with two dropped connections."""
        self.start_exchange("--fault", "drop at=3s how=rst", "--fault", "drop at=6s how=fin",
                            speed="60")
        stream = self.start_stream(*flags)
        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= ALL, "every trade stored", alive=(stream,))
        self.wait_for(lambda: self.metrics(stream).get("tape_accepted_trades_total") == ALL,
                      "a snapshot of the end", alive=(stream,))
        self.wait_for(lambda: self.metrics(stream).get("journal_waiting_trades") == 0,
                      "a snapshot of a journal at rest", alive=(stream,))
        return stream

    def test_numbers_equal_the_truth(self):
        stream = self.recorded()
        shown = self.metrics(stream)
        status = json.loads(self.ask(stream, "/api/status")[1])
        page = self.ask(stream, "/metrics")[1]
        self.assertEqual(self.ask(stream, "/healthz"), (200, "alive\n"))
        self.assertEqual(self.ask(stream, "/readyz"), (200, "ready\n"))
        self.stop(stream)
        self.assert_whole()

        for symbol, last in self.last_ids().items():
            self.assertEqual(shown[f'tape_last_trade_id{{symbol="{symbol}"}}'], last)
        self.assertEqual(shown['tape_missing_ids{state="hole"}'], 0)
        self.assertEqual(shown['tape_missing_ids{state="declared"}'], 0)
        said = stream.events("stream.stopped")[0]
        for name, field in (("tape_accepted_trades_total", "accepted"),
                            ("tape_backfilled_trades_total", "backfilled"),
                            ("tape_duplicates_dropped_total", "duplicates"),
                            ("tape_gaps_declared_total", "gaps_declared"),
                            ('binance_audit_minutes_total{result="incomplete"}',
                             "minutes_incomplete")):
            self.assertEqual(shown[name], said[field], name)
        self.assertEqual(sum(count for name, count in shown.items()
                             if name.startswith("binance_reconnects_total")), said["lines_lost"])
        self.assertGreaterEqual(said["lines_lost"], 2)
        self.assertEqual(shown['binance_stage_latency_seconds_count{stage="receive_journal"}'],
                         ALL)
        self.assertEqual(shown['binance_stage_latency_seconds_count{stage="receive_accepted"}'],
                         ALL)
        self.assertLess(abs(shown["binance_clock_offset_seconds"]), 0.5, "one machine, one clock")

        self.assertEqual(status["tape"]["accepted"], ALL)
        self.assertTrue(status["tape"]["whole"])
        self.assertEqual(sum(one["received"] for one in status["symbols"]),
                         shown['binance_frames_total{kind="trade"}'])
        self.assert_documented(status)
        self.assert_lint(page)

    def assert_documented(self, status):
        """docs/status.md names every field, and no other."""
        found = set()

        def walk(value, counts=False):
            if isinstance(value, dict):
                for key, inner in value.items():
                    if not counts:
                        found.add(key)
                    walk(inner, key in ("rotations", "reconnects", "errors", "gap_changes",
                                        "audit_minutes"))
            elif isinstance(value, list):
                for inner in value:
                    walk(inner)

        walk(status)
        text = (harness.ROOT / "docs" / "status.md").read_text(encoding="utf-8")
        written = set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE))
        gap_fields = {"first", "last"}  # a whole tape shows none
        self.assertEqual(found | gap_fields, written | gap_fields)

    def assert_lint(self, page):
        promtool = shutil.which("promtool")
        self.assertIsNotNone(promtool, "promtool is missing: ./dev setup test")
        checked = subprocess.run([promtool, "check", "metrics"], input=page, text=True,
                                 capture_output=True, check=False)
        said = (checked.stdout + checked.stderr).strip().splitlines()
        self.assertEqual([line for line in said if line != LINT_EXCUSED], [])

    def test_per_symbol_series_can_be_left_out(self):
        stream = self.recorded("--metrics-per-symbol", "off")
        shown = self.metrics(stream)
        self.assertIn('binance_messages_received_total{symbol=""}', shown)
        self.assertFalse([name for name in shown if "BTCUSDT" in name])
        self.stop(stream)

    def test_a_port_in_use_names_key_and_remedy(self):
        self.start_exchange()
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            stream = self.start_stream("--metrics-listen", f"127.0.0.1:{port}")
            self.assertEqual(stream.wait(), 1)
        why = stream.events("watch.refused")[0]["error"]
        self.assertIn(f"listen on 127.0.0.1:{port}: Address already in use", why)
        self.assertIn("set metrics.listen (--metrics-listen) to another address, or to off", why)

    def test_it_only_answers_and_never_acts(self):
        self.start_exchange(speed="1")
        stream = self.start_stream()
        self.wait_for(lambda: self.metrics(stream), "the first snapshot", alive=(stream,))
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            self.assertEqual(self.ask(stream, "/metrics", method)[0], 405, method)
        self.assertEqual(self.ask(stream, "/metrics", "HEAD"), (200, ""))
        self.assertEqual(self.ask(stream, "/../../etc/passwd")[0], 404)
        for request in (b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                        b"GET /\x00 HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.port_of(stream)), 10) as client:
                client.sendall(request)
                self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 400 "), request)
        self.stop(stream)


if __name__ == "__main__":
    unittest.main()
