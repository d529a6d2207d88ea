"""The exchange's list of symbols over time: new symbols, delisted symbols, names
that cannot be streamed, and a start that is ended while the exchange does not answer."""

import json
import signal
import threading
import unittest
import urllib.parse

import harness
from scripted_exchange import ScriptedExchange, rest_row, text, trade


class Listing(ScriptedExchange):
    """Lists what `history` has, and answers /aggTrades; `silent` answers it only at the end."""

    def __init__(self, script, history):
        super().__init__(script, history)
        self.silent = False
        self.asked = threading.Event()

    def unlist(self, symbol):
        del self._history[symbol]

    def list(self, symbol, *numbers):
        self._history[symbol] = [rest_row(number) for number in numbers]

    def _serve_rest(self, request):
        url = urllib.parse.urlparse(request.path)
        if url.path != "/api/v3/aggTrades":
            super()._serve_rest(request)
            return
        self.asked.set()
        if self.silent:
            self._closing.wait(60)
            request.close_connection = True
            return
        query = dict(urllib.parse.parse_qsl(url.query))
        body = json.dumps([{"a": row["id"], "f": row["id"], "l": row["id"], "T": row["time"]}
                           for row in self._history[query["symbol"]]]).encode()
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


class ListingTest(harness.EndToEnd):
    def start_stream(self, exchange, *flags, symbols="all:USDT"):
        return self.start("stream", "stream", "--symbols", symbols, "--data-dir", self.data_dir,
                          "--stream-url", exchange.stream_url, "--rest-url", exchange.rest_url,
                          "--symbols-refresh-seconds", "1", "--allow-drills",
                          "--reconnect-delay-seconds", "0.1", "--audit", "false", *flags)

    def stored_ids(self, symbol):
        return [row["source_sequence"] for row in self.exported(symbol=symbol)]

    def test_listings_come_and_go_without_a_signal(self):
        carried = threading.Event()

        def script(_):
            yield text(trade("AUSDT", 1)) + text(trade("BUSDT", 1)) + text(trade("CUSDT", 1))
            yield lambda _: carried.wait(60)
            yield text(trade("NEWUSDT", 7))

        history = {name: [rest_row(1)] for name in ("AUSDT", "BUSDT", "CUSDT")}
        with Listing(script, history) as exchange:
            stream = self.start_stream(exchange)
            self.wait_for(lambda: self.stored() == 3, "three trades", alive=(stream,))
            exchange.list("NEWUSDT", 3, 4, 5, 6, 7)
            exchange.unlist("BUSDT")
            changed = self.wait_for(
                lambda: [one for one in stream.events("symbols.changed") if one["added"]],
                "the new symbol", alive=(stream,))[-1]
            self.assertEqual((changed["added_symbols"], changed["removed_symbols"]),
                             ("NEWUSDT", "BUSDT"))
            carried.set()
            self.wait_for(lambda: self.stored() == 8, "all trades of it", alive=(stream,))
            self.stop(stream)
        self.assertEqual(self.stored_ids("NEWUSDT"), [3, 4, 5, 6, 7])

    def test_a_list_that_lost_most_symbols_is_not_believed(self):
        names = ("AUSDT", "BUSDT", "CUSDT")
        steps = [text(trade(name, 1)) for name in names]
        with Listing(lambda _: steps, {name: [rest_row(1)] for name in names}) as exchange:
            stream = self.start_stream(exchange)
            self.wait_for(lambda: self.stored() == 3, "three trades", alive=(stream,))
            exchange.unlist("AUSDT")
            exchange.unlist("BUSDT")
            refused = self.wait_for(lambda: stream.events("symbols.refresh_failed"), "a refusal",
                                    alive=(stream,))[0]
            self.assertIn("only 1 of the 3 symbols", refused["error"])
            self.assertEqual([one for one in stream.events("symbols.changed") if one["removed"]],
                             [])
            self.stop(stream)

    def test_names_that_nobody_can_stream_are_left_out(self):
        steps = [text(trade("AUSDT", 1))]
        history = {name: [rest_row(1)] for name in ("AUSDT", "xyzUSDT", "A B")}
        with Listing(lambda _: steps, history) as exchange:
            stream = self.start_stream(exchange)
            self.wait_for(lambda: self.stored() == 1, "the trade", alive=(stream,))
            self.assertEqual(stream.events("symbols.skipped")[0]["symbols"], "xyzUSDT, A B")
            self.stop(stream)

    def test_a_symbol_without_trades_since_misses_none_of_those_that_follow(self):
        with Listing(lambda _: [text(trade("AUSDT", 9))],
                     {"AUSDT": [rest_row(number) for number in range(1, 10)]}) as exchange:
            # The request comes before 7, 8 and 9 were traded: nothing since, and 6 is the newest.
            answers = iter([[], [rest_row(6)]])
            serve = exchange._serve_rest

            def asked_before(request):
                if "aggTrades" in request.path or "/trades?" in request.path:
                    rows = next(answers, None)
                    if rows is not None:
                        body = json.dumps(rows).encode()
                        request.send_response(200)
                        request.send_header("Content-Length", str(len(body)))
                        request.end_headers()
                        request.wfile.write(body)
                        return
                serve(request)

            exchange._serve_rest = asked_before
            stream = self.start_stream(exchange, "--since", "1h", symbols="AUSDT")
            self.wait_for(lambda: self.stored() == 3, "three trades", alive=(stream,))
            self.stop(stream)
        self.assertEqual(self.stored_ids("AUSDT"), [7, 8, 9])

    def test_sigterm_ends_a_start_that_waits_for_the_exchange(self):
        with Listing(lambda _: [], {"AUSDT": [rest_row(1)]}) as exchange:
            exchange.silent = True
            stream = self.start_stream(exchange, "--since", "1h")
            self.assertTrue(exchange.asked.wait(60))
            stream.signal(signal.SIGTERM)
            self.assertEqual(stream.wait(8), 0)
            self.assertTrue(stream.events("stream.stopping"))


if __name__ == "__main__":
    unittest.main()
