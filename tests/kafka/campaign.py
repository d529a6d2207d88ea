#!/usr/bin/env python3
"""Fault campaign of delivery into Kafka, with real processes: `k2 sim` publishes, `k2 stream --sink
kafka` delivers, and by seed k2, the broker and the registry are killed and stopped, every second
fault being kill -9 of k2. A reader that shares no code with K2 (confluent-kafka and fastavro,
`read_committed`) checks the topic all the time. Then all is healed, the market is halted, and each
published trade must be there once, in order and unaltered. Prints how long each recovery took.

    TEST_K2_BINARY=build/release/k2 tests/kafka/campaign.py --seed 1 --seconds 300 --rate 5000
"""

import argparse
import collections
import io
import pathlib
import random
import shutil
import signal
import statistics
import sys
import time
import unittest
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import kafka_harness
from kafka_harness import fastavro
from live_reader import LiveReader

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT", "DOGEUSDT", "ADAUSDT", "TRXUSDT")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# The side by "the buyer is the maker" of the ledger.
SIDES = {"true": "SELL", "false": "BUY"}
# How long the broker is stopped.
STOPPED_S = 5


class Campaign(kafka_harness.WithKafka):
    options = None
    traded = SYMBOLS

    def start_exchange(self):
        self.ledger = self.folder / "ledger.csv"
        self.exchange = self.start(
            "sim", "sim", "--symbols", ",".join(self.traded), "--rate", self.options.rate, "--seed",
            self.options.seed, "--start-when-subscribed", len(self.traded), "--port", 0,
            "--rest-port", 0, "--admin-port", 0, "--tls-dir", self.folder / "tls", "--ledger",
            self.ledger)
        self.wait_exchange()

    def start_k2(self, data_dir, *flags, partitions=kafka_harness.PARTITIONS):
        self.lives += 1
        return self.start(
            f"stream-{self.lives}", "stream", "--symbols", ",".join(self.traded), "--data-dir",
            data_dir, "--stream-url", self.place["ws"], "--rest-url", self.place["rest"],
            "--custom-ca-bundle", self.place["ca"], "--reconnect-delay-seconds", "0.1", "--sink",
            "kafka", "--kafka-bootstrap-servers", self.servers, "--kafka-partitions", partitions,
            "--kafka-schema-registry-url", self.registry, *flags)

    def start_stream(self):
        self.stream = self.start_k2(self.data_dir)

    def start_streams(self):
        """Starts what delivers, and what reads it."""
        self.start_stream()
        self.wait_for(lambda: self.stream.events("kafka.connected"), "the follower",
                      alive=(self.stream,))
        self.read_live()

    def read_live(self, **how):
        self.reader = LiveReader(self.servers, **how)
        self.addCleanup(self.reader.stop)
        self.reader.start()

    def watched(self):
        """The processes that have to be there while recovery is waited for."""
        return self.stream, self.exchange, self.broker

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

    # The faults. Each returns once it is over, and may return what has to be done, outside of the
    # time that is measured, before the next one.

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
        return self.wait_registry

    KILL = ("kill -9 of k2", kill_k2)
    OTHERS = (
        ("kill -9 of the broker", kill_broker),
        (f"SIGSTOP of the broker, {STOPPED_S} s", stop_broker),
        ("kill -9 of k2 and of the broker", kill_both),
        ("kill -9 of k2, no registry at its start", start_without_registry),
        ("SIGTERM of k2, and a start", restart_k2),
    )

    def faults(self):
        return self.KILL, *self.OTHERS

    def plan(self):
        """The faults in their order, each when it is due."""
        chance = self.chance
        if self.options.once:
            yield from chance.sample(self.faults(), len(self.faults()))
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
        self.reader.begin_fault(f"fault {self.struck}, {name}")
        began = time.time()
        heal = act(self)
        self.wait_reached(self.published_last(), f"the topic being whole after {name}")
        self.silences[name].append(self.reader.silence())
        self.times[name].append(time.time() - began)
        print(f"{self.struck:>3} {name}: {self.times[name][-1]:.2f} s", file=sys.stderr, flush=True)
        self.struck += 1
        if heal:
            heal()

    def wait_reached(self, ids, what):
        """Waits until these ids are visible; else reports how far the topic is, and the reader's
        findings."""
        try:
            self.wait_for(lambda: self.reader.reached(ids), what, alive=self.watched())
        except AssertionError as failure:
            last = self.reader.last_ids()
            behind = {symbol: number - last.get(symbol, 0) for symbol, number in ids.items()
                      if number > last.get(symbol, 0)}
            raise AssertionError(f"{failure}\nbehind: {behind}\nlive reader: "
                                 f"{self.reader.violations() or 'nothing'}") from failure

    def keep_logs(self):
        if self.options.logs:
            self.options.logs.mkdir(parents=True, exist_ok=True)
            for log in self.folder.glob("*.log"):
                shutil.copy(log, self.options.logs)

    def runTest(self):  # the name is unittest's
        self.addCleanup(self.keep_logs)
        self.chance = random.Random(self.options.seed)
        self.lives = self.struck = 0
        self.times, self.silences = collections.defaultdict(list), collections.defaultdict(list)
        self.start_kafka()
        self.start_exchange()
        self.start_streams()
        self.wait_for(lambda: len(self.reader.last_ids()) == len(self.traded), "the first trades",
                      alive=self.watched())
        for name, act in self.plan():
            self.strike(name, act)
        self.check_whole()
        self.print_table()

    def halt(self):
        """Ends the market, and waits until all of it is in the topic."""
        self.halt_market()
        self.wait_reached(self.published_last(), "the last trade")

    def stop_streams(self):
        self.stop(self.stream, seconds=30)

    def end_reader(self):
        """Waits for its last judgement, and returns what it found. Positions behind a trade that
        never becomes visible stay without a judgement, so a violation ends the wait as well."""
        self.wait_for(lambda: self.reader.judged() or self.reader.violations(),
                      "each position to be judged")
        self.reader.stop()
        return self.reader.violations()

    def check_whole(self):
        self.reader.begin_fault("the end")
        self.halt()
        self.stop_streams()
        live = self.end_reader()
        # What a fault killed may have been started a moment ago.
        self.wait_broker()
        self.wait_registry()
        found = check_topic(self)
        print(f"{found.trades} trades published; in the topic {found.missing} missing, "
              f"{found.doubled} doubled, {found.disordered} out of order, {found.altered} altered, "
              f"{found.foreign} unpublished, {found.late} late; {self.reader.trades()} seen live, "
              f"{self.reader.early_positions()} positions for a moment ahead of them")
        self.assertEqual(live, "", "what the live reader found")
        self.assertEqual(sum(found) - found.trades - found.late, 0)

    def print_table(self):
        print(f"seed {self.options.seed}: {self.struck} faults, {self.lives} lives of k2, "
              f"{self.options.rate} trades/s\n")
        print("| fault | times | the topic stands still: median, worst | "
              "whole again: median, worst |\n| --- | --- | --- | --- |")
        for name, _ in self.faults():
            print(f"| {name} | {len(self.times[name])} | {spread(self.silences[name])} | "
                  f"{spread(self.times[name])} |", flush=True)


Found = collections.namedtuple("Found", "trades missing doubled disordered altered foreign late")


def check_topic(test):
    """Every record of the topic, decoded by the schema that it names, against the ledger."""
    ledger = collections.defaultdict(dict)
    with open(test.ledger, "rb") as lines:
        for line in lines:
            symbol, number, rest = line.rstrip(b"\n").split(b",", 2)
            ledger[symbol.decode()][int(number)] = rest
    trades = sum(map(len, ledger.values()))
    schemas, last = {}, collections.Counter()
    doubled = disordered = altered = foreign = late = 0
    seen = collections.defaultdict(set)
    for message in test.each_message():
        raw = message.value()
        schema_id = int.from_bytes(raw[1:5], "big")
        if schema_id not in schemas:
            schemas[schema_id] = test.schema(schema_id)
        record = fastavro.schemaless_reader(io.BytesIO(raw[5:]), schemas[schema_id])
        symbol, number = record["symbol"], record["source_sequence"]
        is_late = "LATE" in record["trade_conditions"]
        late += is_late
        if number in seen[symbol]:
            doubled += 1
        elif number < last[symbol] and not is_late:
            disordered += 1
        seen[symbol].add(number)
        last[symbol] = max(last[symbol], number)
        published = ledger[symbol].get(number)
        foreign += published is None
        altered += published is not None and not same(record, published.decode().split(","))
    missing = sum(len(ids.keys() - seen[symbol]) for symbol, ids in ledger.items())
    return Found(trades, missing, doubled, disordered, altered, foreign, late)


def same(record, published):
    price, quantity, time_us, is_buyer_maker = published
    return (record["price"] == Decimal(price) and record["quantity"] == Decimal(quantity) and
            record["timestamp"] == EPOCH + timedelta(microseconds=int(time_us)) and
            record["side"] == SIDES[is_buyer_maker])


def spread(seconds):
    return f"{statistics.median(seconds):.2f} s, {max(seconds):.2f} s" if seconds else "-"


def parser_of(description):
    parser = argparse.ArgumentParser(description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--once", action="store_true", help="the short form, without a pause")
    parser.add_argument("--rate", type=int, default=5000, help="trades per second")
    parser.add_argument("--logs", type=pathlib.Path, help="a folder to copy all logs to")
    parser.add_argument("--pause", type=float, default=10.0, help="at most, between two faults")
    return parser


def play(campaign):
    """Runs it, and returns the exit code. SIGTERM ends it like a failure: with all it started."""

    def end(*_):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise AssertionError("ended by SIGTERM")

    signal.signal(signal.SIGTERM, end)
    return 0 if unittest.TextTestRunner().run(campaign).wasSuccessful() else 1


def main():
    Campaign.options = parser_of(__doc__).parse_args()
    return play(Campaign())


if __name__ == "__main__":
    sys.exit(main())
