"""Trade ids that start over, and `k2 ctl restart-tape`: the old tape is closed, the next generation
is recorded from the id that was named, and all readers tell the two apart."""

import json
import threading
import unittest
import urllib.error
import urllib.request

import harness
from scripted_exchange import ScriptedExchange, rest_row, text, trade

SYMBOL = "BTCUSDT"
OTHER = "ETHUSDT"
START_US = 1_723_161_255_000_000
MINUTE_US = 60_000_000
OLD = range(500_000, 500_020)
NEW = range(1, 400)


def new_trade(number):
    return text(trade(SYMBOL, number, time=START_US + MINUTE_US + number))


def new_row(number):
    return {**rest_row(number), "time": (START_US + MINUTE_US) // 1000 + number}


class RestartTape(harness.EndToEnd):
    def setUp(self):
        super().setUp()
        self.runs = 0

    def run_once(self, name, *arguments, code=0):
        """The output of this run alone: the harness keeps all runs of one name in one file."""
        self.runs += 1
        return self.run_k2(f"{name}-{self.runs}", *arguments, code=code)

    def start_stream(self, exchange, name="stream", **environment):
        return self.start(name, "stream", "--symbols", f"{SYMBOL},{OTHER}", "--data-dir",
                          self.data_dir, "--stream-url", exchange.stream_url, "--rest-url",
                          exchange.rest_url, "--reconnect-delay-seconds", "0.1", "--audit", "false",
                          **environment)

    def restart_tape(self, *arguments, code=0):
        return self.run_once("restart-tape", "ctl", "restart-tape", *arguments, "--data-dir",
                           self.data_dir, code=code)

    def wait_ready(self, stream, status):
        self.wait_for(lambda: self.ready(stream) == status, f"/readyz {status}", 30, (stream,))

    @staticmethod
    def ready(stream):
        listening = stream.events("watch.listening")[0]["port"]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{listening}/readyz",
                                        timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code

    def rows(self, generation):
        return [row["source_sequence"] for row in self.exported()
                if row["symbol"] == SYMBOL and row["tape_generation"] == generation]

    def symbol_status(self):
        status = json.loads(self.run_once("status", "ctl", "status", "--data-dir", self.data_dir))
        return next(one for one in status["symbols"] if one["symbol"] == SYMBOL)

    def test_the_next_generation_is_recorded_whole(self):
        halted, restarted = threading.Event(), threading.Event()
        history = {SYMBOL: [rest_row(number) for number in OLD], OTHER: []}

        def script(connection):
            if connection > 1:  # the program was started again
                yield from (new_trade(number) for number in range(420, 430))
                return
            yield from (text(trade(SYMBOL, number)) for number in OLD)
            yield text(trade(OTHER, 7))
            yield lambda _: halted.wait(60)
            yield from (new_trade(number) for number in NEW)
            yield lambda _: restarted.wait(60)
            yield from (new_trade(number) for number in range(400, 420))

        with ScriptedExchange(script, history) as exchange:
            stream = self.start_stream(exchange)
            self.wait_for(lambda: self.stored() >= len(OLD) + 1, "the old tape", alive=(stream,))
            self.wait_ready(stream, 200)
            for symbol, error in ((SYMBOL, "expects id 500020"), (OTHER, "expects id 8"),
                                  ("XRPUSDT", "not recorded by this stream")):
                self.assertIn(error, self.restart_tape(symbol, code=1))
            history[SYMBOL] = [new_row(number) for number in range(1, 420)]
            halted.set()
            self.wait_for(lambda: stream.events("tape.ids_restarted"), "the halt",
                          alive=(stream,))
            self.wait_ready(stream, 503)
            self.wait_for(lambda: self.symbol_status()["halted"], "the halt in the status",
                          alive=(stream,))
            reply = self.restart_tape(SYMBOL, "--from-id", "1")
            self.assertIn("closed at id 500019; generation 1 begins with id 1", reply)
            restarted.set()
            self.wait_for(lambda: self.stored() >= len(OLD) + 1 + 419, "the new tape",
                          alive=(stream,))
            self.wait_ready(stream, 200)
            self.wait_for(lambda: self.symbol_status()["last_id"] == 419, "its end in the status",
                          alive=(stream,))
            status = self.symbol_status()
            self.assertEqual((status["tape_generation"], status["halted"]), (1, False))
            self.assertIn("not halted", self.restart_tape(SYMBOL, code=1))
            event, = stream.events("tape.restarted")
            self.assertEqual((event["symbol"], event["generation"], event["closed_last"],
                              event["first"]), (SYMBOL, 1, 500_019, 1))
            self.stop(stream)
            self.check_readers(last=419)

            # After a restart of the program the new generation continues.
            stream = self.start_stream(exchange, name="again")
            history[SYMBOL] = [new_row(number) for number in range(1, 430)]
            self.wait_for(lambda: self.stored() >= len(OLD) + 1 + 429, "more of the new tape",
                          alive=(stream,))
            self.wait_ready(stream, 200)
            self.assertEqual(self.symbol_status()["tape_generation"], 1)
            self.stop(stream)
            self.assertFalse(stream.events("tape.ids_restarted"))
        self.check_readers(last=429)
        self.check_kafka_is_refused()

    def check_readers(self, last):
        self.assertEqual(self.rows(0), list(OLD))
        self.assertEqual(self.rows(1), list(range(1, last + 1)))
        positions = self.journal("SELECT symbol, last_id FROM positions ORDER BY symbol")
        self.assertEqual(positions,
                         [(SYMBOL, 500_019), (f"{SYMBOL}-g1", last), (OTHER, 7)])
        self.assertEqual(self.journal("SELECT value FROM meta WHERE key = 'format'"), [(2,)])
        report = json.loads(self.run_once("verify", "verify", "--data-dir", self.data_dir,
                                          "--json"))
        self.assertEqual({one["symbol"]: one["stored"] for one in report["symbols"]},
                         {SYMBOL: 20, f"{SYMBOL}-g1": last, OTHER: 1})
        ids = [row["message_id"] for row in self.exported() if row["symbol"] == SYMBOL]
        self.assertEqual(len(set(ids)), len(OLD) + last)
        self.assertIn("binance-spot-BTCUSDT-500000", ids)
        self.assertIn("binance-spot-BTCUSDT-g1-1", ids)

    def check_kafka_is_refused(self):
        """The topic has no generations yet: such a journal must not reach it."""
        stream = self.start("kafka", "stream", "--symbols", SYMBOL, "--data-dir", self.data_dir,
                            "--sink", "kafka", "--kafka-bootstrap-servers", "127.0.0.1:1",
                            "--kafka-schema-registry-url", "http://127.0.0.1:1")
        self.assertEqual(stream.wait(30), 2)
        self.assertIn("cannot tell the generations", stream.events("kafka.refused")[0]["why"])


if __name__ == "__main__":
    unittest.main()
