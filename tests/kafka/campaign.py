#!/usr/bin/env python3
"""Fault campaign of delivery into Kafka, with real processes: `k2 sim` publishes, `k2 stream --sink
kafka` delivers, and by seed k2, the broker and the registry are killed and stopped, every second
fault being kill -9 of k2. Then all is healed, the market is halted, and a reader that shares no
code with K2 (confluent-kafka and fastavro, `read_committed`) must find each published trade once,
in order and unaltered. Prints how long recovery took, per fault.

    TEST_K2_BINARY=build/release/k2 tests/kafka/campaign.py --seed 1 --seconds 300 --rate 5000
"""

import argparse
import collections
import io
import json
import pathlib
import random
import signal
import statistics
import sys
import threading
import time
import unittest
import urllib.request
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import kafka_harness
from kafka_harness import confluent_kafka, fastavro, harness

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT", "DOGEUSDT", "ADAUSDT", "TRXUSDT")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# By "the buyer is the maker", as the ledger says it.
SIDES = {"true": "SELL", "false": "BUY"}
# How long the broker is stopped.
STOPPED_S = 5


def id_of(message):
    """The trade's id, from message_id: the first field, its length in one byte before it."""
    value = message.value()
    return int(value[6:6 + value[5] // 2].rsplit(b"-", 1)[1])


class Tail(threading.Thread):
    """Reads a topic as it grows: the last id of each symbol, and the longest silence."""

    def __init__(self, servers, topic=kafka_harness.TOPIC, number_of=id_of):
        super().__init__(daemon=True)
        self.number_of = number_of
        self.last = {}
        self.came = time.time()
        self.silence = 0.0  # the longest since it was last set to 0
        self.wrong = []
        self._stopped = threading.Event()
        self._reader = confluent_kafka.Consumer({
            "bootstrap.servers": servers, "group.id": "tail", "isolation.level": "read_committed",
            "enable.auto.commit": False, "auto.offset.reset": "earliest", "log_level": 0,
            "reconnect.backoff.max.ms": 500})
        self._reader.assign([confluent_kafka.TopicPartition(topic, number, 0)
                             for number in range(kafka_harness.PARTITIONS)])

    def run(self):
        while not self._stopped.is_set():
            messages = [message for message in self._reader.consume(5_000, timeout=0.05)
                        if message.error() is None]
            if not messages:
                continue
            now = time.time()
            self.silence = max(self.silence, now - self.came)
            self.came = now
            for message in messages:
                symbol, number = message.key().decode(), self.number_of(message)
                if number is None:
                    continue
                if number <= self.last.get(symbol, 0):
                    self.wrong.append((symbol, number))
                self.last[symbol] = number
        self._reader.close()

    def reached(self, ids):
        return all(self.last.get(symbol, -1) >= number for symbol, number in ids.items())

    def stop(self):
        self._stopped.set()
        self.join()


class Campaign(kafka_harness.WithKafka):
    options = None

    def start_exchange(self):
        self.ledger = self.folder / "ledger.csv"
        self.exchange = self.start(
            "sim", "sim", "--symbols", ",".join(SYMBOLS), "--rate", self.options.rate, "--seed",
            self.options.seed, "--start-when-subscribed", len(SYMBOLS), "--port", 0, "--rest-port",
            0, "--admin-port", 0, "--tls-dir", self.folder / "tls", "--ledger", self.ledger)
        self.wait_exchange()

    def start_stream(self):
        self.lives += 1
        self.stream = self.start(
            f"stream-{self.lives}", "stream", "--symbols", ",".join(SYMBOLS), "--data-dir",
            self.data_dir, "--stream-url", self.place["ws"], "--rest-url", self.place["rest"],
            "--custom-ca-bundle", self.place["ca"], "--reconnect-delay-seconds", "0.1", "--sink",
            "kafka", "--kafka-bootstrap-servers", self.servers, "--kafka-partitions",
            kafka_harness.PARTITIONS, "--kafka-schema-registry-url", self.registry)

    def published_last(self):
        """The last id of each symbol in the exchange's ledger."""
        size = self.ledger.stat().st_size
        with open(self.ledger, "rb") as ledger:
            ledger.seek(max(0, size - 65_536))
            lines = ledger.read().split(b"\n")[1 if size > 65_536 else 0:-1]
        found = {}
        for line in lines:
            symbol, number, _ = line.decode().split(",", 2)
            found[symbol] = int(number)
        return found

    # The faults. Each returns once it is over.

    def kill_k2(self):
        self.stream.kill()
        self.start_stream()

    def restart_k2(self):
        self.stop(self.stream, seconds=30)
        self.start_stream()

    def kill_broker(self):
        self.broker.kill()
        self.start_broker()
        self.wait_broker()

    def stop_broker(self):
        self.broker.signal(signal.SIGSTOP)
        time.sleep(STOPPED_S)
        self.broker.signal(signal.SIGCONT)

    def kill_both(self):
        self.broker.kill()
        self.stream.kill()
        self.start_stream()
        self.start_broker()
        self.wait_broker()

    def start_without_registry(self):
        self.registry_process.kill()
        self.stream.kill()
        self.start_stream()
        self.wait_for(lambda: self.stream.events("registry.down"), "the id learned before",
                      alive=(self.stream,))
        self.start_registry()

    KILL = ("kill -9 of k2", kill_k2)
    OTHERS = (
        ("kill -9 of the broker", kill_broker),
        (f"SIGSTOP of the broker, {STOPPED_S} s", stop_broker),
        ("kill -9 of k2 and of the broker", kill_both),
        ("kill -9 of k2, no registry at its start", start_without_registry),
        ("SIGTERM of k2, and a start", restart_k2),
    )

    def plan(self, chance):
        """The faults in their order, each when it is due."""
        if self.options.once:
            yield from chance.sample((self.KILL, *self.OTHERS), 1 + len(self.OTHERS))
            return
        end = time.monotonic() + self.options.seconds
        while True:
            for other in chance.sample(self.OTHERS, len(self.OTHERS)):
                for fault in (self.KILL, other):
                    if time.monotonic() >= end:
                        return
                    yield fault
                    time.sleep(chance.uniform(0, self.options.pause))

    def strike(self, name, act):
        self.tail.silence = 0.0
        began = time.time()
        act(self)
        ids = self.published_last()
        self.wait_for(lambda: self.tail.reached(ids), f"the topic being whole after {name}",
                      alive=(self.stream, self.exchange, self.broker))
        self.silences[name].append(self.tail.silence)
        self.times[name].append(time.time() - began)
        print(f"{self.struck:>3} {name}: {self.times[name][-1]:.2f} s", file=sys.stderr, flush=True)
        self.struck += 1

    def runTest(self):  # the name is unittest's
        self.lives = self.struck = 0
        self.times, self.silences = collections.defaultdict(list), collections.defaultdict(list)
        self.start_kafka()
        self.start_exchange()
        self.start_stream()
        self.wait_for(lambda: self.stream.events("kafka.connected"), "the follower",
                      alive=(self.stream,))
        self.tail = Tail(self.servers)
        self.tail.start()
        self.wait_for(lambda: len(self.tail.last) == len(SYMBOLS), "the first trades",
                      alive=(self.stream, self.exchange))
        for name, act in self.plan(random.Random(self.options.seed)):
            self.strike(name, act)
        self.check_whole()
        self.print_table()

    def halt(self, tail):
        """Ends the market, and waits until all of it is in the topic."""
        request = urllib.request.Request(self.place["admin"] + "/faults", method="POST",
                                         data=b"halt")
        with urllib.request.urlopen(request, timeout=10):
            pass
        ids = None
        while ids != (ids := self.published_last()):
            time.sleep(0.5)
        self.wait_for(lambda: tail.reached(ids), "the last trade", alive=(self.stream,))

    def check_whole(self):
        self.halt(self.tail)
        self.stop(self.stream, seconds=30)
        self.tail.stop()
        self.assertEqual(self.tail.wrong[:5], [], "doubled or out of order as they came")
        found = check_topic(self)
        print(f"{found.trades} trades published; in the topic {found.missing} missing, "
              f"{found.doubled} doubled, {found.disordered} out of order, {found.altered} altered, "
              f"{found.foreign} unpublished")
        self.assertEqual(sum(found) - found.trades, 0)

    def print_table(self):
        print(f"seed {self.options.seed}: {self.struck} faults, {self.lives} lives of k2, "
              f"{self.options.rate} trades/s\n")
        print("| fault | times | the topic stands still: median, worst | "
              "whole again: median, worst |\n| --- | --- | --- | --- |")
        for name, _ in (self.KILL, *self.OTHERS):
            print(f"| {name} | {len(self.times[name])} | {spread(self.silences[name])} | "
                  f"{spread(self.times[name])} |", flush=True)


Found = collections.namedtuple("Found", "trades missing doubled disordered altered foreign")


def check_topic(test):
    """Every record of the topic, decoded by the schema that it names, against the ledger."""
    ledger = collections.defaultdict(dict)
    with open(test.ledger, "rb") as lines:
        for line in lines:
            symbol, number, rest = line.rstrip(b"\n").split(b",", 2)
            ledger[symbol.decode()][int(number)] = rest
    trades = sum(map(len, ledger.values()))
    schemas, last = {}, collections.Counter()
    doubled = disordered = altered = foreign = 0
    seen = collections.defaultdict(set)
    for message in test.each_message():
        raw = message.value()
        schema_id = int.from_bytes(raw[1:5], "big")
        if schema_id not in schemas:
            schemas[schema_id] = test.schema(schema_id)
        record = fastavro.schemaless_reader(io.BytesIO(raw[5:]), schemas[schema_id])
        symbol, number = record["symbol"], record["source_sequence"]
        doubled += number in seen[symbol]
        seen[symbol].add(number)
        disordered += number < last[symbol]
        last[symbol] = max(last[symbol], number)
        published = ledger[symbol].get(number)
        foreign += published is None
        altered += published is not None and not same(record, published.decode().split(","))
    missing = sum(len(ids.keys() - seen[symbol]) for symbol, ids in ledger.items())
    return Found(trades, missing, doubled, disordered, altered, foreign)


def same(record, published):
    price, quantity, time_us, is_buyer_maker = published
    return (record["price"] == Decimal(price) and record["quantity"] == Decimal(quantity) and
            record["timestamp"] == EPOCH + timedelta(microseconds=int(time_us)) and
            record["side"] == SIDES[is_buyer_maker])


def spread(seconds):
    return f"{statistics.median(seconds):.2f} s, {max(seconds):.2f} s" if seconds else "-"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--once", action="store_true", help="each fault once, without a pause")
    parser.add_argument("--rate", type=int, default=5000, help="trades per second")
    parser.add_argument("--pause", type=float, default=10.0, help="at most, between two faults")
    Campaign.options = parser.parse_args()
    return outcome(unittest.TextTestRunner().run(Campaign()))


def outcome(result):
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
