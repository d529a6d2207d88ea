"""`k2 stream` against a server on Python's `websockets`, over TLS: everything that the protocol
lets a server send, in the shapes in which an independent implementation sends it.
"""

import asyncio
import gzip
import itertools
import json
import sys
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "support"), str(TESTS / "e2e")]
from environment import enter_venv  # noqa: E402

enter_venv()

import harness  # noqa: E402
from scripted_exchange import rest_row, trade  # noqa: E402
from websockets_exchange import ANSWER_MAX_S, WebsocketsExchange, close_with  # noqa: E402

SYMBOL = "BTCUSDT"
FEED_COUNT = 3_000


def history(last):
    return {SYMBOL: [rest_row(number) for number in range(1, last + 1)]}


def recorded(count):
    with gzip.open(harness.TRADES, "rt", encoding="utf-8") as lines:
        return [line.rstrip("\n") for line in itertools.islice(lines, count)]


class StreamWithWebsockets(harness.EndToEnd):
    def record(self, script, rows, expected, symbols=SYMBOL):
        """Streams until so many trades are stored; the exchange, as it was left."""
        with WebsocketsExchange(self.folder, script, rows) as exchange:
            self.stream = self.start(
                "stream", "stream", "--symbols", symbols, "--data-dir", self.data_dir,
                "--reconnect-delay-seconds", "0.1", "--audit", "false", *exchange.flags)
            self.wait_for(lambda: self.stored() >= expected or exchange.failures,
                          f"{expected} stored trades", alive=(self.stream,))  # fmt: skip
            self.stop(self.stream)
        self.assertEqual(exchange.failures, [])
        self.assertEqual(self.stored(), expected)
        return exchange

    def ids(self):
        return [row["source_sequence"] for row in self.exported()]

    def test_a_recorded_feed_arrives_whole_and_in_order(self):
        frames = recorded(FEED_COUNT)
        trades = [json.loads(frame)["data"] for frame in frames]

        async def script(connection, number):
            for frame in frames:
                await connection.send(frame)

        rows = {name: [] for name in ("BTCUSDT", "ETHUSDT")}
        self.record(script, rows, FEED_COUNT, symbols="BTCUSDT,ETHUSDT")
        for name in rows:
            stored = [row["source_sequence"] for row in self.exported(symbol=name)]
            self.assertEqual(stored, [trade["t"] for trade in trades if trade["s"] == name])

    def test_the_upgrade_offers_nothing_and_asks_for_the_streams(self):
        async def script(connection, number):
            await connection.send(trade(SYMBOL, 1))

        connection = self.record(script, history(1), 1).connections[0]
        self.assertEqual(connection.protocol.extensions, [])
        self.assertNotIn("Sec-WebSocket-Extensions", connection.request.headers)
        self.assertTrue(connection.request.path.startswith("/stream?streams=btcusdt@trade"))

    def test_fragments_make_one_message_wherever_they_are_cut(self):
        name = "币安人生USDT"
        texts = [trade(name, number).encode() for number in range(1, 21)]

        async def script(connection, number):
            for index, text in enumerate(texts):
                size = index + 1  # 1 byte a fragment and more: cuts inside code points too
                pieces = [text[at : at + size] for at in range(0, len(text), size)]
                await connection.send([b"", *pieces, b""], text=True)

        self.record(script, {name: []}, 20, symbols=name)
        self.assertEqual(self.ids(), list(range(1, 21)))

    def test_pings_with_payload_are_answered_also_between_fragments(self):
        payloads = [b"", b"1766361600000", b"\x00\xff\xfe", b"x" * 125]
        delays = []

        async def script(connection, number):
            async def pieces(text):
                yield text[:10]
                for payload in payloads:
                    # Only a pong with the same payload resolves this.
                    delays.append(await asyncio.wait_for(await connection.ping(payload), 20))
                    yield text[10:10]
                yield text[10:]

            await connection.send(pieces(trade(SYMBOL, 1)))
            for payload in payloads:
                delays.append(await asyncio.wait_for(await connection.ping(payload), 20))
            await connection.send(trade(SYMBOL, 2))

        exchange = self.record(script, history(2), 2)
        self.assertEqual(len(exchange.connections), 1)
        self.assertEqual(len(delays), 8)

    def test_binary_messages_and_unasked_pongs_are_passed_over(self):
        async def script(connection, number):
            await connection.send(trade(SYMBOL, 1))
            await connection.send(b"\x00\xff binary")
            await connection.send([b"binary ", b"in fragments"])
            await connection.pong(b"unasked")
            await connection.send(trade(SYMBOL, 2))

        exchange = self.record(script, history(2), 2)
        self.assertEqual(len(exchange.connections), 1)

    def test_a_close_of_any_code_is_echoed_and_followed_by_another_line(self):
        codes = [1000, 1001, 1008, 1011, 1012, 3000, 4999, None]

        async def script(connection, number):
            await connection.send(trade(SYMBOL, number))
            if number <= len(codes):
                await close_with(connection, codes[number - 1])

        # REST has the first trade only: the others must come over connections.
        exchange = self.record(script, history(1), len(codes) + 1)
        closed = exchange.connections[: len(codes)]
        answers = [connection.protocol.close_rcvd.code for connection in closed]
        self.assertEqual(answers, [code or 1005 for code in codes])
        self.assertEqual(self.ids(), list(range(1, len(codes) + 2)))

    def test_a_connection_lost_without_a_close_is_replaced(self):
        async def script(connection, number):
            await connection.send(trade(SYMBOL, number))
            if number < 3:
                await asyncio.sleep(0.1)
                connection.transport.abort()

        exchange = self.record(script, history(3), 3)
        self.assertEqual(len(exchange.connections), 3)

    def test_what_breaks_the_protocol_is_told_so_by_code(self):
        wrongs = [b"\xff not UTF-8", b"cut inside \xe2\x82", b" " * (1 << 20) + b"too long"]

        async def script(connection, number):
            await connection.send(trade(SYMBOL, number))
            if number <= len(wrongs):
                await connection.send(wrongs[number - 1], text=True)
                await asyncio.wait_for(connection.wait_closed(), ANSWER_MAX_S)

        exchange = self.record(script, history(len(wrongs) + 1), len(wrongs) + 1)
        codes = [connection.protocol.close_rcvd.code for connection in exchange.connections[:3]]
        self.assertEqual(codes, [1007, 1007, 1009])

    def test_the_end_is_said_with_1000(self):
        async def script(connection, number):
            await connection.send(trade(SYMBOL, 1))

        exchange = self.record(script, history(1), 1)
        self.assertEqual(exchange.connections[0].protocol.close_rcvd.code, 1000)


if __name__ == "__main__":
    unittest.main()
