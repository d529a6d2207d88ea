"""Invalid input from an exchange: the stream keeps what can be kept, sets the rest aside as dead
letters, and continues."""

import unittest

import harness
from scripted_exchange import ScriptedExchange, frame, rest_row, text, trade

SYMBOL = "BTCUSDT"


def history(*numbers, symbol=SYMBOL, **values):
    return {symbol: [rest_row(number, **values) for number in numbers]}


def byte_by_byte(data):
    def send(connection):
        for at in range(len(data)):
            connection.sendall(data[at : at + 1])
    return send


class BadInput(harness.EndToEnd):
    def record(self, exchange, expected, symbol=SYMBOL):
        """Streams from the exchange until so many trades are stored, then stops cleanly."""
        stream = self.start("stream", "stream", "--symbols", symbol, "--data-dir", self.data_dir,
                            "--stream-url", exchange.stream_url, "--rest-url", exchange.rest_url,
                            "--reconnect-delay-seconds", "0.1",
                            "--audit", "false")  # one connection: its frames are scripted
        self.wait_for(lambda: self.stored() >= expected, f"{expected} stored trades",
                      alive=(stream,))
        self.stop(stream)
        self.assertEqual(self.stored(), expected)
        return stream

    def ids(self, **flags):
        return [row["source_sequence"] for row in self.exported(**flags)]

    def dead_letters(self):
        return self.journal("SELECT reason, bytes FROM dead_letters ORDER BY id")

    def test_extreme_numbers_and_names_stay_exact(self):
        symbol = "币安人生USDT"
        extremes = {"price": "0.00000001", "quantity": "92141578736.00000000"}
        steps = [text(trade(symbol, 1, **extremes)), text(trade(symbol, 2, "92141578736", "0.1"))]
        with ScriptedExchange(lambda _: steps, history(1, 2, symbol=symbol)) as exchange:
            self.record(exchange, 2, symbol=symbol)
        first, second = self.exported()
        self.assertEqual(first["symbol"], symbol)
        self.assertEqual((first["price"], first["quantity"]), tuple(extremes.values()))
        self.assertEqual((second["price"], second["quantity"]),
                         ("92141578736.00000000", "0.10000000"))
        self.assertEqual(first["message_id"], f"binance-spot-{symbol}-1")

    def test_bad_json_is_set_aside_whole(self):
        bad = [b'{"stream":"btcusdt@trade","data":{"e":"tr', b"not json at all"]
        steps = [text(trade(SYMBOL, 1)), *map(text, bad), text(trade(SYMBOL, 2))]
        with ScriptedExchange(lambda _: steps, history(1, 2)) as exchange:
            self.record(exchange, 2)
            self.assertEqual(exchange.connections, 1, "bad JSON is no reason to reconnect")
        self.assertEqual(self.dead_letters(), [("json_syntax", text) for text in bad])

    def test_a_trade_without_its_price_is_set_aside_and_repaired(self):
        lame = trade(SYMBOL, 2, p=None)
        steps = [text(trade(SYMBOL, 1)), text(lame), text(trade(SYMBOL, 3))]
        with ScriptedExchange(lambda _: steps, history(1, 2, 3)) as exchange:
            self.record(exchange, 3)
            self.assertEqual(exchange.connections, 1)
        self.assertEqual(self.dead_letters(), [("field_missing", lame.encode())])
        self.assertEqual(self.ids(), [1, 2, 3])

    def test_a_price_that_does_not_fit_is_never_rounded(self):
        large = trade(SYMBOL, 2, price="92233720368.54775808")
        fine = trade(SYMBOL, 3, price="1.000000001")
        steps = [text(trade(SYMBOL, 1)), text(large), text(fine), text(trade(SYMBOL, 4))]
        with ScriptedExchange(lambda _: steps, history(1, 2, 3, 4)) as exchange:
            self.record(exchange, 4)
        self.assertEqual(self.dead_letters(), [("decimal_range", large.encode()),
                                               ("decimal_range", fine.encode())])

    def test_a_frame_of_ten_megabytes_costs_the_line_and_nothing_else(self):
        def script(connection):
            if connection == 1:
                return [text(trade(SYMBOL, 1)), text(b" " * 10_000_000)]
            return [text(trade(SYMBOL, 2)), text(trade(SYMBOL, 3))]

        with ScriptedExchange(script, history(1, 2, 3)) as exchange:
            self.record(exchange, 3)
            self.assertEqual(exchange.connections, 2)
        self.assertEqual(self.ids(), [1, 2, 3])

    def test_a_frame_may_be_cut_anywhere(self):
        whole = b"".join(text(trade(SYMBOL, number)) for number in range(1, 6))
        with ScriptedExchange(lambda _: [byte_by_byte(whole)], history(*range(1, 6))) as exchange:
            self.record(exchange, 5)
            self.assertEqual(exchange.connections, 1)
        self.assertEqual(self.ids(), [1, 2, 3, 4, 5])

    def test_fragments_with_a_ping_between_them_make_one_trade(self):
        data = trade(SYMBOL, 1).encode()
        steps = [frame(0x01, data[:7]), frame(0x89, b"are you there"), frame(0x00, data[7:50]),
                 frame(0x80, data[50:]), text(trade(SYMBOL, 2))]
        with ScriptedExchange(lambda _: steps, history(1, 2)) as exchange:
            self.record(exchange, 2)
            self.assertEqual(exchange.connections, 1)
        self.assertEqual(self.dead_letters(), [])

    def test_repeated_and_swapped_frames_are_stored_once_and_in_order(self):
        numbers = [1, 3, 2, 2, 3, 6, 5, 4, 1, 7]
        steps = [text(trade(SYMBOL, number)) for number in numbers]
        with ScriptedExchange(lambda _: steps, history(*range(1, 8))) as exchange:
            self.record(exchange, 7)
        self.assertEqual(self.ids(), [1, 2, 3, 4, 5, 6, 7])

    def test_events_of_other_kinds_are_no_dead_letters(self):
        others = ['{"result":null,"id":1}', '{"e":"somethingNew","x":[1,{"y":null}]}',
                  '{"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT","b":"1","B":"1"}}']
        steps = [text(trade(SYMBOL, 1)), *map(text, others), text(trade(SYMBOL, 2, X="new", b=7))]
        with ScriptedExchange(lambda _: steps, history(1, 2)) as exchange:
            self.record(exchange, 2)
        self.assertEqual(self.dead_letters(), [])

    def test_a_protocol_error_is_answered_by_another_line(self):
        def script(connection):
            if connection == 1:
                return [text(trade(SYMBOL, 1)), frame(0xC1, b"reserved bit set")]
            return [text(trade(SYMBOL, 2))]

        with ScriptedExchange(script, history(1, 2)) as exchange:
            self.record(exchange, 2)
            self.assertEqual(exchange.connections, 2)


if __name__ == "__main__":
    unittest.main()
