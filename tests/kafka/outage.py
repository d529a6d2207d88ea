#!/usr/bin/env python3
"""A long outage of the broker, with real processes: `k2 sim` publishes, `k2 stream --sink kafka`
delivers, the broker is killed and returns much later. Required: the memory of k2 stays within its
bound, what waited is delivered at a multiple of the rate at which it was published while the market
continues, and a `read_committed` reader finds every id once and in order. Prints the numbers.

    TEST_K2_BINARY=build/release/k2 tests/kafka/outage.py --seconds 600 --rate 10000
"""

import argparse
import pathlib
import sys
import threading
import time

import campaign
from topic_check import id_of

# Source: design, the issue's own bound.
RSS_MAX_MB = 96
CATCH_UP_MIN = 5.0


class Meter(threading.Thread):
    """The largest resident memory of a process, looked at ten times a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid = pid
        self.rss_max_mb = 0.0
        self._stopped = threading.Event()

    def run(self):
        while not self._stopped.wait(0.1):
            with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
                line = next((line for line in status if line.startswith("VmRSS:")), "VmRSS: 0 kB")
            self.rss_max_mb = max(self.rss_max_mb, int(line.split()[1]) / 1024)

    def stop(self):
        self._stopped.set()
        self.join()
        return self.rss_max_mb


class Outage(campaign.Campaign):
    def read_live(self):
        # Positions alone: a reader of each trade would take the time that is measured here.
        super().read_live(with_trades=False)

    def watched(self):
        return self.stream, self.exchange

    def caught_up(self):
        """Returns true when the topic is within a second of the exchange."""
        delivered = self.reader.last_ids()
        behind = sum(number - delivered.get(symbol, 0)
                     for symbol, number in self.published_last().items())
        return behind <= self.options.rate

    def runTest(self):  # the name is unittest's
        self.addCleanup(self.keep_logs)
        self.lives = 0
        self.start_kafka()
        self.start_exchange()
        self.start_streams()
        alive = self.watched()
        self.wait_for(lambda: len(self.reader.last_ids()) == len(campaign.SYMBOLS) and
                      self.caught_up(), "delivery", alive=alive)
        meter = Meter(self.stream.pid)
        meter.start()
        self.broker.kill()
        before, began = total(self.reader.last_ids()), time.time()
        while time.time() - began < self.options.seconds:
            self.assertTrue(self.stream.running() and self.exchange.running())
            time.sleep(0.5)
        self.start_broker()
        waiting = total(self.published_last()) - before
        self.wait_for(lambda: total(self.reader.last_ids()) > before, "the first delivery",
                      alive=alive)
        resumed, first = time.time(), total(self.reader.last_ids())
        # As of now: at worst it takes as long as the outage did.
        self.wait_for(self.caught_up, "the topic being caught up",
                      seconds=self.options.seconds + 60, alive=alive)
        seconds = time.time() - resumed
        factor = (total(self.reader.last_ids()) - first) / seconds / self.options.rate
        self.halt()
        rss_mb = meter.stop()
        self.stop_streams()
        self.assertEqual(self.end_reader(), "", "what the live reader found")
        found = self.check_ids()
        print(f"{self.options.seconds} s without a broker at {self.options.rate} trades/s: "
              f"{waiting} trades waited, caught up in {seconds:.1f} s at {factor:.1f} times real "
              f"time; k2 took {rss_mb:.0f} MB at most; {found} trades in the topic, each once and "
              "in order", flush=True)
        self.assertLessEqual(rss_mb, RSS_MAX_MB)
        self.assertGreaterEqual(factor, self.options.factor)

    def check_ids(self):
        """Returns how many trades the topic has; each symbol's ids have to be dense."""
        last, count = {}, 0
        for message in self.each_message():
            symbol, number = message.key(), id_of(message)
            self.assertEqual(number, last.get(symbol, number - 1) + 1, symbol)
            last[symbol] = number
            count += 1
        self.assertEqual({symbol.decode(): number for symbol, number in last.items()},
                         self.published_last())
        return count


def total(ids):
    return sum(ids.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=600, help="how long the broker is away")
    parser.add_argument("--rate", type=int, default=10_000, help="trades per second")
    parser.add_argument("--logs", type=pathlib.Path, help="a folder to copy all logs to")
    parser.add_argument("--factor", type=float, default=CATCH_UP_MIN,
                        help="the least multiple of real time that is good enough")
    campaign.Campaign.options = parser.parse_args()
    return campaign.play(Outage())


if __name__ == "__main__":
    sys.exit(main())
