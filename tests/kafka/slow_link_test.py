#!/usr/bin/env python3
"""A backlog over a slow link: K2 loses its broker, trades pile up in the journal, and then
everything that K2 exchanges with the broker passes a link of so many bytes per second in each
direction. A transaction of the usual size does not fit into its time limit there, so K2 has to find
a size that does. Every trade must reach the topic, once and in order.

Prints how long that took, and the ratio to the time that the committed bytes alone need on that
link. `--bound` requires the ratio to be at most 1.5.

    TEST_K2_BINARY=build/release/k2 tests/kafka/slow_link_test.py --trades 100000 --rate-kbps 100
"""

import argparse
import signal
import sys
import threading
import time
import unittest

import kafka_frames
import proxied_harness
from frame_proxy import REQUEST, RESPONSE
from kafka_frames import END_TXN, INIT_PRODUCER_ID, PRODUCE
from kafka_harness import TOPIC, harness
from proxied_harness import SYMBOLS

MARKET_RATE = 10_000
COMMITS_BEFORE = 3
# Source: the issue's own bound.
RATIO_MAX = 1.5
# Of a trade in a compressed batch. Chosen: about what is measured; it only sets how long to wait.
TRADE_BYTES = 45


class CommittedBytes:
    """Adds up the Produce requests of those transactions that were committed."""

    def __init__(self, proxy):
        self._lock = threading.Lock()
        self._open = 0
        self.total = 0
        self.commits = 0
        for api_key, call in ((PRODUCE, self._on_produced), (END_TXN, self._on_ended),
                              (INIT_PRODUCER_ID, self._on_new_epoch)):
            proxy.before(api_key, call, direction=RESPONSE)

    def _on_produced(self, response):
        with self._lock:
            self._open += len(response.request.frame)

    def _on_ended(self, response):
        with self._lock:
            if kafka_frames.end_txn_error(response) != 0:
                return
            if kafka_frames.is_commit(response.request):
                self.total += self._open
                self.commits += 1
            self._open = 0

    def _on_new_epoch(self, _):
        with self._lock:
            self._open = 0


class SlowLink(proxied_harness.WithProxy):
    options = None

    def runTest(self):  # the name is unittest's
        self.start_kafka()
        self.ledger = self.folder / "ledger.csv"
        self.start_exchange_of(SYMBOLS, "--symbols", ",".join(SYMBOLS), "--rate", MARKET_RATE,
                               "--seed", 1)
        self.stream = self.start_stream()
        alive = (self.stream, self.exchange)
        self.wait_for(lambda: self.proxy.responses[END_TXN] >= COMMITS_BEFORE,
                      "the first transactions", alive=alive)
        self.proxy.refuse()
        before = self.ledger_lines()
        self.wait_for(lambda: self.ledger_lines() >= before + self.options.trades,
                      "the backlog", alive=alive)
        self.halt_market()
        published = self.ledger_ids()
        count = sum(map(len, published.values()))
        self.wait_for(lambda: self.stored() >= count, "every trade stored", alive=alive)

        follower = proxied_harness.Follower(self.servers, TOPIC)
        self.addCleanup(follower.close)
        follower.read_until(count, seconds=2)
        waiting = count - follower.ids.distinct
        self.assertGreaterEqual(waiting, self.options.trades)
        rate = self.options.rate_kbps * 1_000
        limit = self.options.limit_s or 60 + 5 * waiting * TRADE_BYTES / rate
        committed = CommittedBytes(self.proxy)
        sent_before = self.proxy.passed_bytes[REQUEST]
        self.proxy.limit(rate)
        self.proxy.accept()
        began = time.monotonic()
        whole = follower.read_until(count, limit)
        seconds = time.monotonic() - began
        ratio = seconds / (committed.total / rate) if committed.total else float("inf")
        print(f"{waiting} trades behind a link of {self.options.rate_kbps} KB/s: "
              f"{waiting - (count - follower.ids.distinct)} delivered in {seconds:.1f} s and "
              f"{committed.commits} transactions; {self.proxy.passed_bytes[REQUEST] - sent_before} "
              f"bytes sent, {committed.total} of them committed; {ratio:.2f} times what those need",
              flush=True)
        self.assertTrue(whole, f"in {limit:.0f} s K2 did not deliver what the link could carry:\n"
                        f"{harness.tail(self.stream)}")
        self.proxy.limit(None)
        self.stop(self.stream, seconds=30)
        self.assert_topic_whole()
        self.run_k2("verify", "verify", "--kafka", "--kafka-bootstrap-servers", self.servers,
                    "--ledger", self.ledger)
        if self.options.bound:
            self.assertLessEqual(ratio, RATIO_MAX)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trades", type=int, default=40_000, help="how many wait, at least")
    parser.add_argument("--rate-kbps", type=float, default=100,
                        help="kilobytes per second in each direction")
    parser.add_argument("--limit-s", type=float,
                        help="seconds until it counts as failed; by default five times what "
                        "the trades need, and a minute")
    parser.add_argument("--bound", action="store_true",
                        help=f"require the ratio to be at most {RATIO_MAX}")
    SlowLink.options = parser.parse_args()
    # A test that ctest ends still ends its processes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    result = unittest.TextTestRunner().run(SlowLink())
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
