#!/usr/bin/env python3
"""A large hole with real processes: `k2 stream` is killed, `k2 sim` publishes so many trades, and
a new `k2 stream` fetches all of them over REST while the market continues. Required: every trade
is stored once and in order (`k2 verify`), nothing declared, memory flat, the exchange's weight
limit kept; and, of a repair that the budget bounds, the share of the budget that it used. Prints
the numbers.

    TEST_K2_BINARY=build/release/k2 tests/campaign/hole.py --trades 1000000 --bounded
"""

import argparse
import datetime
import http.client
import pathlib
import sqlite3
import ssl
import sys
import tempfile
import threading
import time
import urllib.parse

import campaign
from campaign import harness

SHARE_MIN = 0.9
BOUNDED_MIN_S = 120
# The default of `rest_weight_share`.
WEIGHT_SHARE = 0.9
# Chosen: twice what the waiting trades, the pages ahead and the batches of a repair may take.
GROWTH_MAX_MB = 48
# Of a bounded repair's later half against its earlier one.
DRIFT_MAX_MB = 12


class Meter(threading.Thread):
    """Looks at the memory of a process until it is stopped."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid = pid
        self.stopped = threading.Event()
        self.samples = []  # (time, MB)

    def run(self):
        while not self.stopped.wait(0.05):
            self.samples.append((time.time(), resident_mb(self.pid)))

    def stop(self):
        self.stopped.set()
        self.join()


def resident_mb(pid):
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmRSS:")), "VmRSS: 0 kB")
    return int(line.split()[1]) / 1024


class Hole(campaign.Campaign):
    stream_flags = ("--reconnect-delay-seconds", "0.1")

    def __init__(self, options, folder):
        super().__init__(options, folder)
        self.exchange_flags = ("--rest-weight", options.weight,
                               "--trades-kept", 3 * options.trades + 1_000_000)

    def published_count(self):
        return self.admin("GET", "/")["published"]

    def closed_gaps(self):
        """Returns the events of the large gaps that were closed."""
        least = self.options.trades / len(campaign.SYMBOLS) / 2
        return [event for event in self.stream.events("gap.closed")
                if event["last"] - event["first"] > least]

    def used_weight(self):
        """Returns the weight that the exchange has counted this minute for K2's address."""
        place = urllib.parse.urlsplit(self.place["rest"])
        tls = ssl.create_default_context(cafile=self.place["ca"])
        connection = http.client.HTTPSConnection(place.hostname, place.port, timeout=10,
                                                 context=tls)
        try:
            connection.request("GET", "/api/v3/ping")
            return int(connection.getresponse().getheader("x-mbx-used-weight-1m"))
        finally:
            connection.close()

    def run(self):
        self.start_exchange()
        self.start_stream()
        self.wait_for(lambda: len(self.stored()) == len(campaign.SYMBOLS), "the first trades")
        time.sleep(3)
        before_mb = resident_mb(self.stream.pid)
        self.stream.kill()
        wanted = self.published_count() + self.options.trades
        while self.published_count() < wanted:
            time.sleep(0.2)
        began = time.time()
        self.start_stream()
        meter = Meter(self.stream.pid)
        meter.start()
        weights = self.watch_repair()
        meter.stop()
        ended = max(datetime.datetime.fromisoformat(one["ts"]).timestamp()
                    for one in self.closed_gaps())
        ok = self.check_memory(meter.samples, before_mb, (began + ended) / 2)
        ok = self.check_weight(weights, ended - began) and ok
        self.stop_whole()
        return self.check_tape() and ok

    def watch_repair(self):
        """The exchange's count each second until the hole is closed."""
        weights = [self.used_weight()]
        while len(self.closed_gaps()) < len(campaign.SYMBOLS):
            time.sleep(1)
            weights.append(self.used_weight())
            if not self.stream.running() or len(weights) > 1800:
                raise SystemExit(f"FAILED: no end of the repair\n{harness.tail(self.stream)}")
        return weights

    def check_memory(self, samples, before_mb, middle):
        early = max((mb for at, mb in samples if at <= middle), default=before_mb)
        late = max((mb for at, mb in samples if at > middle), default=early)
        print(f"memory: {before_mb:.0f} MB before the hole; at most {early:.0f} MB in the earlier "
              f"half of the repair, {late:.0f} MB in the later")
        return (check(max(early, late) - before_mb <= GROWTH_MAX_MB, "memory grew too much") and
                check(late - early <= DRIFT_MAX_MB or not self.options.bounded, "memory not flat"))

    def check_weight(self, weights, seconds):
        spent = sum(now - last if now >= last else now for last, now in zip(weights, weights[1:]))
        spent -= len(weights) - 1  # the looks themselves
        budget = self.options.weight * WEIGHT_SHARE
        share = spent / (budget * seconds / 60)
        print(f"repair: {seconds:.1f} s; weight {spent}, in a minute at most {max(weights)} of "
              f"{self.options.weight}; {share:.3f} of the budget of {budget:.0f} a minute")
        refused = [event for event in self.stream.events("rest.failed") if event.get("status")]
        return (check(not refused, f"REST refused: {refused[:1]}") and
                check(max(weights) <= self.options.weight, "the exchange's limit was passed") and
                (not self.options.bounded or
                 check(share >= SHARE_MIN, "too little of the budget was used") and
                 check(seconds >= BOUNDED_MIN_S, "the budget did not bound the repair")))

    def check_tape(self):
        with sqlite3.connect(f"file:{self.data_dir / 'journal.db'}?mode=ro", uri=True) as database:
            declared = database.execute("SELECT count(*) FROM gaps").fetchone()[0]
        verify = self.start("verify", "verify", "--data-dir", self.data_dir, "--ledger",
                            self.ledger)
        clean = verify.wait(600) == 0
        print(verify.output())
        return check(clean, "not clean") and check(declared == 0, f"{declared} gaps were declared")


def check(kept, what):
    if not kept:
        print(f"FAILED: {what}")
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trades", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=2500, help="trades per second")
    parser.add_argument("--weight", type=int, default=12_000, help="REST weight per minute")
    parser.add_argument("--bounded", action="store_true",
                        help="the weight budget must be what bounds the repair: it lasts minutes, "
                        "in which memory is flat and the budget is used")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="k2-hole-"))
    return campaign.play(Hole(options, folder), folder)


if __name__ == "__main__":
    sys.exit(main())
