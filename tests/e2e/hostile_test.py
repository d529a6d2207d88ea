"""An exchange that sends more than anybody could need: memory and journal stay small, and what is
good is recorded all the same."""

import gzip
import json
import threading
import unittest

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


if __name__ == "__main__":
    unittest.main()
