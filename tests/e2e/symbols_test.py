"""The selection of symbols and of their first trades: patterns, starts, and SIGHUP."""

import signal
import unittest
import urllib.request

import harness


class Symbols(harness.WithExchange):
    def start_market(self, symbols="BTCUSDT,ETHUSDT,BTCEUR", rate=300):
        self.ledger = self.folder / "ledger.csv"
        self.exchange = self.start(
            "sim", "sim", "--symbols", symbols, "--rate", rate, "--port", 0, "--rest-port", 0,
            "--admin-port", 0, "--tls-dir", self.folder / "tls", "--ledger", self.ledger)
        self.wait_exchange()

    def configure(self, symbols, extra=""):
        names = ", ".join(f'"{name}"' for name in symbols)
        (self.folder / "k2.toml").write_text(
            f'data_dir = "{self.data_dir}"\n{extra}[binance]\nsymbols = [{names}]\n'
            f'stream_url = "{self.place["ws"]}"\nrest_url = "{self.place["rest"]}"\n'
            f'custom_ca_bundle = "{self.place["ca"]}"\n')

    def positions(self):
        return dict(self.journal("SELECT symbol, last_id FROM positions"))

    def published(self, symbol):
        """Ids in the ledger, oldest first."""
        lines = self.ledger.read_text().splitlines()
        return [int(line.split(",")[1]) for line in lines if line.startswith(symbol + ",")]

    def wait_grown(self, symbol, stream):
        before = self.positions().get(symbol, 0)
        self.wait_for(lambda: self.positions().get(symbol, 0) > before,
                      f"more trades of {symbol}", alive=(stream, self.exchange))

    def hang_up(self, stream, event="symbols.changed"):
        before = len(stream.events(event))
        stream.signal(signal.SIGHUP)
        self.wait_for(lambda: len(stream.events(event)) > before, event, alive=(stream,))
        return stream.events(event)[-1]

    def stored_ids(self, symbol):
        return [row["source_sequence"] for row in self.exported(symbol=symbol)]

    def test_symbols_come_and_go_and_come_back_without_a_hole(self):
        self.start_market()
        self.configure(["BTCUSDT"])
        stream = self.start("stream", "stream")
        self.wait_grown("BTCUSDT", stream)

        self.configure(["BTCUSDT", "ETHUSDT"])
        self.assertEqual(self.hang_up(stream)["added_symbols"], "ETHUSDT")
        self.wait_grown("ETHUSDT", stream)

        self.configure(["BTCUSDT"])
        self.assertEqual(self.hang_up(stream)["removed_symbols"], "ETHUSDT")
        self.wait_grown("BTCUSDT", stream)
        stopped_at = self.positions()["ETHUSDT"]
        self.wait_for(lambda: self.published("ETHUSDT")[-1] > stopped_at + 50, "trades missed")
        self.assertEqual(self.positions()["ETHUSDT"], stopped_at)

        self.configure(["all:USDT"])
        self.assertEqual(self.hang_up(stream)["added_symbols"], "ETHUSDT")
        self.wait_for(lambda: self.positions()["ETHUSDT"] > stopped_at + 50, "what was missed",
                      alive=(stream,))
        self.stop(stream)
        ids = self.stored_ids("ETHUSDT")
        self.assertEqual(ids, list(range(ids[0], ids[-1] + 1)))
        self.assertEqual(self.stored_ids("BTCEUR"), [])
        self.run_k2("verify", "verify", "--data-dir", self.data_dir)

    def test_a_wrong_configuration_changes_nothing(self):
        self.start_market()
        self.configure(["BTCUSDT"])
        stream = self.start("stream", "stream")
        self.wait_grown("BTCUSDT", stream)
        self.configure(["BTCUSDT", "NOSUCH"])
        self.assertIn("NOSUCH", self.hang_up(stream, "reload.refused")["error"])
        (self.folder / "k2.toml").write_text("[binance\n")
        self.assertIn("k2.toml", self.hang_up(stream, "reload.refused")["error"])
        self.configure(["BTCUSDT"], extra='gap_patience_seconds = 30\n')
        self.assertEqual(self.hang_up(stream, "reload.needs_restart")["settings"],
                         "gap_patience_seconds")
        self.wait_grown("BTCUSDT", stream)
        self.stop(stream)

    def test_a_pattern_drops_nothing_while_the_exchange_cannot_be_asked(self):
        self.start_market()
        self.configure(["BTCUSDT"])
        first = self.start("first", "stream")
        self.wait_grown("BTCUSDT", first)
        self.stop(first)  # the journal knows one of the two now
        self.configure(["all:USDT"])
        stream = self.start("stream", "stream")
        self.wait_grown("ETHUSDT", stream)
        urllib.request.urlopen(f"{self.place['admin']}/faults", b"rest-down").close()
        self.assertIn("the symbols of all:USDT", self.hang_up(stream, "reload.refused")["error"])
        for symbol in ("BTCUSDT", "ETHUSDT"):
            self.wait_grown(symbol, stream)
        self.stop(stream)

    def test_a_pattern_means_what_the_exchange_lists(self):
        self.start_market()
        self.configure(["all:EUR"])
        stream = self.start("stream", "stream")
        self.wait_grown("BTCEUR", stream)
        self.stop(stream)
        self.assertEqual(set(self.positions()), {"BTCEUR"})
        self.configure(["all:JPY"])
        output = self.run_k2("none", "stream", code=2)
        self.assertIn("binance.symbols = all:JPY means 0 symbols", output)

    def test_a_tape_begins_at_an_id_or_a_moment(self):
        self.start_market(rate=1000)
        self.wait_for(lambda: len(self.published("ETHUSDT")) > 1500, "a market with a past")
        first = self.published("ETHUSDT")[0]
        bitcoin = self.published("BTCUSDT")[0] + 300
        self.configure(["BTCUSDT", "ETHUSDT"])
        stream = self.start("stream", "stream", "--since", "1h", "--from-id",
                            f"BTCUSDT={bitcoin}")
        self.wait_for(lambda: self.positions().get("ETHUSDT", 0) > first + 1500, "its past",
                      alive=(stream,))
        self.wait_for(lambda: self.positions().get("BTCUSDT", 0) > bitcoin + 300, "its past",
                      alive=(stream,))
        self.stop(stream)
        self.assertEqual(self.stored_ids("BTCUSDT")[0], bitcoin)
        ids = self.stored_ids("ETHUSDT")
        self.assertEqual(ids, list(range(first, ids[-1] + 1)))
        self.run_k2("verify", "verify", "--data-dir", self.data_dir)


if __name__ == "__main__":
    unittest.main()
