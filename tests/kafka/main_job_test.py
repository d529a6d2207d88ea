"""The recording through `k2 stream --sink kafka`: an independent reader finds every trade once, in
order, each field as it was recorded.
"""

import gzip
import json
import unittest
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import kafka_harness
from kafka_harness import confluent_kafka, harness

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def recorded():
    """The expected TradeV2 of each frame by symbol and id, without what the run itself adds."""
    records = {}
    with gzip.open(harness.TRADES, "rt", encoding="utf-8") as frames:
        for frame in frames:
            trade = json.loads(frame)["data"]
            records[trade["s"], trade["t"]] = {
                "message_id": f"binance-spot-{trade['s']}-{trade['t']}",
                "trade_id": f"BINANCE-{trade['t']}",
                "symbol": trade["s"],
                "exchange": "BINANCE",
                "asset_class": "crypto",
                "timestamp": EPOCH + timedelta(milliseconds=trade["T"]),
                "price": Decimal(trade["p"]),
                "quantity": Decimal(trade["q"]),
                "currency": "USDT",
                "side": "SELL" if trade["m"] else "BUY",
                "trade_conditions": [],
                "source_sequence": trade["t"],
            }
    return records


# Frames are lost while REST is away for longer than gaps are waited for; others are cut in half.
TROUBLES = ("rest-down at-trade=5000 for=4s", "lose at-trade=6000 frames=20",
            "bad-json at-trade=20000 frames=3")


class MainJob(kafka_harness.WithKafka):
    shares_kafka = True

    def record(self, *flags, faults=()):
        """Streams the whole recording; the process, which has ended."""
        self.start_kafka()
        self.start_exchange(*(part for fault in faults for part in ("--fault", fault)))
        stream = self.start_stream(*flags)
        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade stored",
                      alive=(stream,))
        self.stop(stream, seconds=30)
        return stream

    def check_records(self):
        """Each trade is there once; the ids of those that came behind later ones, by symbol."""
        expected = recorded()
        records = self.records()
        self.assertEqual(len(records), harness.TRADE_COUNT)
        last_id = {}
        late = {}
        for record in records:
            symbol, number = record["symbol"], record["source_sequence"]
            if number < last_id.get(symbol, 0):
                self.assertEqual(record["trade_conditions"], ["LATE"])
                late.setdefault(symbol, []).append(number)
            if record["trade_conditions"] == ["LATE"]:
                record["trade_conditions"] = []
            last_id[symbol] = max(number, last_id.get(symbol, 0))
            what = expected.pop((symbol, number))
            self.assertEqual({name: record[name] for name in what}, what)
            self.assertIsNotNone(record["ingestion_timestamp"])
            if record["vendor_data"] is None:
                self.assertIsNotNone(record["event_timestamp"])
            else:
                self.assertEqual(record["vendor_data"], {"origin": "rest"})
                self.assertIsNone(record["event_timestamp"])
        self.assertEqual(expected, {})
        sequences = sorted(record["platform_sequence"] for record in records)
        self.assertEqual(sequences, list(range(1, harness.TRADE_COUNT + 1)))
        return late

    def check_beside(self, late):
        """The topics of gaps and dead letters, by another Avro reader."""
        told = {}
        for gap in self.records(f"{self.topic}.gaps"):
            self.assertEqual(gap["exchange"], "BINANCE")
            self.assertGreater(gap["declared_timestamp"].year, 2025)
            for number in range(gap["first_id"], gap["last_id"] + 1):
                told.setdefault((gap["symbol"], number), []).append((gap["state"], gap["why"]))
        history = [("open", "backfill timed out (gap_patience_seconds)"),
                   ("repaired", "delivered, marked LATE")]
        self.assertEqual(told, {(symbol, number): history for symbol, numbers in late.items()
                                for number in numbers})
        letters = self.records(f"{self.topic}.invalid")
        kept = self.journal("SELECT id, reason, bytes FROM dead_letters ORDER BY id")
        self.assertEqual(sorted((letter["number"], letter["reason"], letter["bytes"])
                                for letter in letters), kept)
        for letter in letters:
            self.assertEqual(letter["size"], len(letter["bytes"]))
            self.assertIn(letter["symbol"], ("BTCUSDT", "ETHUSDT"))
        self.assertEqual(len({(letter["journal"]) for letter in letters}), 1)
        return len(letters)

    def test_every_trade_is_in_the_topic(self):
        stream = self.record()
        self.check_records()
        self.assertEqual(stream.events("kafka.behind"), [])
        self.verify_topic(code=0)
        positions = {message.key().decode(): json.loads(message.value())
                     for message in self.messages(f"{self.topic}.positions")}
        for symbol in ("BTCUSDT", "ETHUSDT"):
            self.assertEqual(positions[symbol]["last_id"],
                             max(int(row[1]) for row in self.published() if row[0] == symbol))

    def verify_topic(self, code):
        output = self.run_k2("verify", "verify", "--kafka", "--kafka-bootstrap-servers",
                             self.servers, "--kafka-topic", self.topic, "--ledger", self.ledger,
                             "--json", code=code)
        return json.loads(output[output.rindex("\n{") if "\n{" in output else 0:])

    def test_k2_verify_finds_what_is_wrong_with_a_topic(self):
        self.record("--gap-patience-seconds", "1", faults=TROUBLES)
        late = self.check_records()
        self.assertGreater(sum(map(len, late.values())), 0)
        letters = self.check_beside(late)
        self.assertGreaterEqual(letters, 3)
        report = self.verify_topic(code=0)
        self.assertEqual(report["declared_gaps"]["open"], 0)
        self.assertGreater(report["declared_gaps"]["repaired"], 0)
        self.assertEqual(report["dead_letters"], letters)
        self.check_open_transaction()
        # A line of the ledger becomes another trade: one is missing then, one unexpected.
        lines = self.ledger.read_text().splitlines()
        symbol, _, *rest = lines[100].split(",")
        lines[100] = ",".join([symbol, "1", *rest])
        self.ledger.write_text("\n".join(lines) + "\n")
        report = self.verify_topic(code=1)
        self.assertEqual(report["total"]["missing"], 1)
        self.assertEqual(report["total"]["unexpected"], 1)
        # Records that somebody else put there: one twice, one that is no trade.
        twice = self.messages()[0]
        producer = confluent_kafka.Producer({"bootstrap.servers": self.servers})
        for value in (twice.value(), b"no trade"):
            producer.produce(self.topic, value, twice.key(),
                             partition=twice.partition())
        producer.flush(10)
        report = self.verify_topic(code=1)
        self.assertEqual(report["total"]["duplicate"], 1)
        self.assertEqual(report["invalid_records"]["count"], 1)
        # The first record of a gap again: open, and its trades are there.
        opened = self.messages(f"{self.topic}.gaps")[0]
        producer.produce(opened.topic(), opened.value(), opened.key(),
                         partition=opened.partition())
        producer.flush(10)
        self.assertEqual(self.verify_topic(code=1)["wrong_gaps"]["count"], 1)

    def check_open_transaction(self):
        """A transaction of somebody else that stays open hides what is behind it."""
        foreign = confluent_kafka.Producer({"bootstrap.servers": self.servers,
                                            "transactional.id": "foreign"})
        foreign.init_transactions(30)
        foreign.begin_transaction()
        foreign.produce(self.topic, b"x", b"BTCUSDT", partition=0)
        foreign.flush(30)
        report = self.verify_topic(code=3)
        self.assertEqual(report["outcome"], "unknown")
        self.assertEqual(report["unread"]["count"], 1)
        self.assertIn("partition 0", report["unread"]["examples"][0])
        out = self.folder / "blocked.jsonl"
        self.run_k2("blocked", "export", "--kafka", "--kafka-bootstrap-servers", self.servers,
                    "--kafka-topic", self.topic, "--format", "jsonl", "--out", out, code=1)
        self.assertFalse(out.exists())
        foreign.abort_transaction(30)
        self.assertEqual(self.verify_topic(code=0)["outcome"], "clean")

    def test_two_topics_are_compared_and_a_topic_is_exported(self):
        self.record()
        out = self.folder / "topic.jsonl"
        self.run_k2("export", "export", "--kafka", "--kafka-bootstrap-servers", self.servers,
                    "--kafka-topic", self.topic, "--format", "jsonl", "--out", out)
        exported = {}
        for line in out.read_text(encoding="utf-8").splitlines():
            trade = json.loads(line)
            exported.setdefault(trade["symbol"], []).append(trade)
        # The journal has the same trades, symbol by symbol in order.
        for symbol, trades in exported.items():
            self.assertEqual(trades, self.exported(symbol=symbol))
        self.assertEqual(sum(map(len, exported.values())), harness.TRADE_COUNT)

        self.data_dir = self.folder / "second"
        second = self.start_stream("--kafka-topic", "second", "--from-id", ",".join(
            f"{symbol}={trades[0]['source_sequence']}" for symbol, trades in exported.items()))
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade fetched",
                      alive=(second,))
        self.stop(second, seconds=30)
        self.compare("second", code=0)
        # The journal is held against a topic as well.
        self.run_k2("mixed", "verify", "--data-dir", self.data_dir, "--kafka-bootstrap-servers",
                    self.servers, "--against-topic", self.topic)

        # What nobody should do: a trade again, one less, one that was altered.
        producer = confluent_kafka.Producer({"bootstrap.servers": self.servers,
                                             "partitioner": "murmur2_random"})
        messages = [message for message in self.messages() if message.key() == b"BTCUSDT"]
        for number, message in enumerate(messages):
            value = bytearray(message.value())
            if number == 10:
                continue
            if number == 20:
                # Behind the exchange come the asset class, a byte, and the time: 4 ms more or less.
                at = value.index(b"BINANCE\x02") + 9
                value[at] ^= 0x40
            for _ in range(2 if number == 30 else 1):
                producer.produce("third", bytes(value), message.key())
        producer.flush(30)
        report = self.compare("third", code=1)
        self.assertEqual(report["invalid_source"]["count"], 1)
        line = next(line for line in report["symbols"] if line["symbol"] == "BTCUSDT")
        self.assertEqual(line["unexpected"], 1)
        self.assertEqual(line["altered"], 1)
        self.assertEqual(line["missing"], 0)

    def compare(self, other, code):
        output = self.run_k2(f"compare-{other}", "verify", "--kafka", "--kafka-bootstrap-servers",
                             self.servers, "--kafka-topic", self.topic, "--against-topic", other,
                             "--json", code=code)
        return json.loads(output)

    def test_at_least_once_brings_the_same_where_nothing_fails(self):
        self.record("--kafka-delivery", "at_least_once", "--kafka-compression", "zstd",
                    "--gap-patience-seconds", "1", faults=TROUBLES)
        late = self.check_records()
        self.assertGreater(sum(map(len, late.values())), 0)
        self.assertGreaterEqual(self.check_beside(late), 3)


if __name__ == "__main__":
    unittest.main()
