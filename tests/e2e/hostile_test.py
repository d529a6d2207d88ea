"""An exchange that sends more than anybody could need: memory and journal stay small, and what is
good is recorded all the same."""

import gzip
import json
import threading
import time
import unittest
import urllib.error
import urllib.request

import harness
from scripted_exchange import ScriptedExchange, rest_row, text, trade

SYMBOL = "BTCUSDT"
MIB = 1 << 20


class HostileRest(ScriptedExchange):
    """Answers questions for ids with each of the bodies in turn, then as it should."""

    def __init__(self, script, history, bodies):
        super().__init__(script, history)
        self.bodies = bodies
        self.sent = 0

    def _serve_rest(self, request):
        if "rades" not in request.path or self.sent >= len(self.bodies):
            super()._serve_rest(request)
            return
        body = self.bodies[self.sent]
        self.sent += 1
        try:
            body(request)
        except OSError:
            pass  # the client had enough
        request.close_connection = True


def head(request, **fields):
    request.send_response(200)
    for name, value in fields.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()


def endless(request):
    head(request)
    while True:
        request.wfile.write(b"[" + b" " * 65536)


def gzip_bomb(request):
    body = gzip.compress(b"[" + b" " * (200 * MIB), compresslevel=1)
    head(request, Content_Encoding="gzip", Content_Length=len(body))
    request.wfile.write(body)


def one_huge_row(request):
    body = b'[{"id":2,"price":"' + b"1" * (60 * MIB) + b'"}]'
    head(request, Content_Length=len(body))
    request.wfile.write(body)


def many_rows(request):
    body = json.dumps([1] * 300_000).encode()
    head(request, Content_Length=len(body))
    request.wfile.write(body)


class Hostile(harness.EndToEnd):
    def start_stream(self, exchange):
        return self.start("stream", "stream", "--symbols", SYMBOL, "--data-dir", self.data_dir,
                          "--stream-url", exchange.stream_url, "--rest-url", exchange.rest_url,
                          "--reconnect-delay-seconds", "0.1", "--audit", "false")

    @staticmethod
    def memory(process, field):
        with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith(field))
        return int(line.split()[1]) * 1024

    def record(self, exchange, stored):
        """Waits for the trades; by how much memory grew at most since the first of them."""
        stream = self.start_stream(exchange)
        self.wait_for(lambda: self.stored() >= 1, "the first trade", alive=(stream,))
        before = self.memory(stream, "VmRSS")
        exchange.go_on()
        self.wait_for(lambda: self.stored() >= stored, f"{stored} trades", alive=(stream,))
        grown = self.memory(stream, "VmHWM") - before
        self.stop(stream)
        self.assertEqual(self.stored(), stored)
        return grown

    def wait_ready(self, stream, status):
        """Waits until /readyz answers with this status."""
        self.wait_for(lambda: self.ready(stream) == status, f"/readyz {status}", 30, (stream,))

    @staticmethod
    def ready(stream):
        listening = stream.events("watch.listening")[0]["port"]
        try:
            url = f"http://127.0.0.1:{listening}/readyz"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code

    def verify(self):
        """The journal is clean by its own account, and that is known within seconds."""
        started = time.monotonic()
        output = self.run_k2("verify", "verify", "--data-dir", self.data_dir)
        self.assertLess(time.monotonic() - started, 10)
        return output

    def waiting(self, *steps):
        """The first trade, and the rest once the test allows it."""
        event = threading.Event()

        def script(_):
            yield text(trade(SYMBOL, 1))
            yield lambda _: event.wait(60)
            yield from steps
        return script, event.set

    def test_a_flood_of_large_frames_that_are_no_json(self):
        flood = [text(b"x" * MIB)] * 400
        script, go_on = self.waiting(*flood, text(trade(SYMBOL, 2)))
        with ScriptedExchange(script, {SYMBOL: [rest_row(1), rest_row(2)]}) as exchange:
            exchange.go_on = go_on
            self.assertLess(self.record(exchange, 2), 32 * MIB)
        letters, longest = self.journal("SELECT count(*), max(length(bytes)) FROM dead_letters")[0]
        self.assertGreater(letters, 0)
        self.assertEqual(longest, 16 * 1024)
        size = sum(path.stat().st_size for path in self.data_dir.iterdir())
        self.assertLess(size, 80 * MIB)

    def test_rest_bodies_that_nobody_asked_for(self):
        history = {SYMBOL: [rest_row(number) for number in range(1, 6)]}
        script, go_on = self.waiting(text(trade(SYMBOL, 5)))
        bodies = [endless, gzip_bomb, one_huge_row, many_rows]
        with HostileRest(script, history, bodies) as exchange:
            exchange.go_on = go_on
            self.assertLess(self.record(exchange, 5), 32 * MIB)
            self.assertEqual(exchange.sent, len(bodies))

    def test_ids_that_no_exchange_has_reached(self):
        """The first id of a tape is 2^63 - 1, and 2^62 follows; both are dead letters."""
        history = {SYMBOL: [rest_row(number) for number in range(1_000, 1_006)]}
        moment = 1_723_161_255_000_000 + 1_000
        steps = [text(trade(SYMBOL, 2**63 - 1, time=moment)), text(trade(SYMBOL, 1_000)),
                 text(trade(SYMBOL, 1_001)), text(trade(SYMBOL, 2**62, time=moment)),
                 *(text(trade(SYMBOL, number)) for number in range(1_002, 1_006))]
        with ScriptedExchange(lambda _: steps, history) as exchange:
            stream = self.start_stream(exchange)
            self.wait_for(lambda: self.stored() >= 6, "the good trades", alive=(stream,))
            self.wait_for(lambda: self.journal("SELECT count(*) FROM dead_letters")[0][0] >= 2,
                          "two dead letters", alive=(stream,))
            self.wait_ready(stream, 200)
            self.stop(stream)
        self.assertEqual([row["source_sequence"] for row in self.exported()],
                         list(range(1_000, 1_006)))
        self.assertEqual({reason for (reason,) in self.journal("SELECT reason FROM dead_letters")},
                         {"id_implausible"})
        self.assertEqual(self.journal("SELECT count(*) FROM gaps"), [(0,)])
        self.verify()

    def test_ids_that_start_over_at_one(self):
        """They are newer than all of the tape: it is halted, not spliced, and not ready."""
        minute = 60_000_000
        old = [text(trade(SYMBOL, number)) for number in range(500_000, 500_020)]
        new = [text(trade(SYMBOL, number, time=1_723_161_255_000_000 + minute + number))
               for number in range(1, 400)]
        history = {SYMBOL: [rest_row(number) for number in range(500_000, 500_020)]}
        go_on = threading.Event()

        def script(_):
            yield from old
            yield lambda _: go_on.wait(60)
            yield from new

        with ScriptedExchange(script, history) as exchange:
            stream = self.start_stream(exchange)
            self.wait_for(lambda: self.stored() >= 20, "the old tape", alive=(stream,))
            self.wait_ready(stream, 200)
            history[SYMBOL] = [{**rest_row(number), "time": 1_723_161_255_000 + 60_000 + number}
                               for number in range(1, 400)]
            go_on.set()
            self.wait_for(lambda: stream.events("tape.ids_restarted"), "the restart to be found",
                          alive=(stream,))
            self.wait_ready(stream, 503)
            self.stop(stream)
        self.assertEqual([row["source_sequence"] for row in self.exported()],
                         list(range(500_000, 500_020)))
        self.verify()


if __name__ == "__main__":
    unittest.main()
