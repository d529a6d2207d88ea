#!/usr/bin/env python3
"""Fault campaign with real processes: `k2 stream` against `k2 sim` over real TLS, one fault after
another by seed while lines rotate every five seconds, with kill -9 among them; then everything is
healed, the market is halted, the tape must reach its last trade, and `k2 verify` must find each
published trade stored once, in order and unaltered. Prints how long recovery took, per fault.

    TEST_K2_BINARY=build/release/k2 tests/campaign/campaign.py --seed 1 --seconds 300 --rate 2000
"""

import argparse
import collections
import datetime
import json
import pathlib
import random
import shutil
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT")

# The name in the table, and the faults. The connection is lost or useless if "line" is set: then
# the test also waits for the first trade on another connection.
Fault = collections.namedtuple("Fault", "name line faults")
FAULTS = (
    Fault("reset (RST)", True, ["drop how=rst on=all"]),
    Fault("end without goodbye (FIN)", True, ["drop how=fin on=all"]),
    Fault("close 1008", True, ["close code=1008 on=all"]),
    Fault("serverShutdown, 2 s ahead", True, ["server-shutdown lead=2s on=all"]),
    Fault("half-open", True, ["half-open on=all for=10s"]),
    Fault("black hole, 3 s", True, ["black-hole on=all for=3s"]),
    Fault("data mute, pings go on", True, ["mute on=all for=20s"]),
    Fault("one stream mute", False, ["mute stream=btcusdt@trade on=all for=10s"]),
    Fault("reset, then data late by 2 s", True,
          ["late-data delay=2s for=4s", "drop how=rst on=all"]),
    Fault("reset while upgrades are refused (503), 2 s", True,
          ["refuse status=503 for=2s", "drop how=rst on=all"]),
    Fault("200 frames lost", False, ["lose frames=200"]),
    Fault("200 frames twice", False, ["duplicate frames=200"]),
    Fault("200 frames swapped", False, ["reorder frames=200"]),
    Fault("20 frames broken", False, ["bad-json frames=20"]),
    Fault("reset and 200 frames lost while REST is down, 4 s", True,
          ["rest-down for=4s status=503", "lose frames=200", "drop how=rst on=all"]),
    Fault("8,000 frames lost while REST lags 3 s", False,
          ["rest-lag lag=3s for=16s", "lose frames=8000"]),
    Fault("kill -9 of k2", True, []),
)


class Campaign:
    exchange_flags = ()
    stream_flags = (
        "--allow-drills", "--connection-max-lifetime-hours", str(5 / 3600),
        "--ping-interval-seconds", "1", "--ping-timeout-seconds", "1",
        "--health-check-timeout-seconds", "2", "--reconnect-delay-seconds", "0.1",
        "--audit", "true",
    )

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.data_dir = folder / "journal"
        self.ledger = folder / "ledger.csv"
        self.random = random.Random(options.seed)
        self.lives = 0
        self.times = collections.defaultdict(list)  # (name, "line" | "whole") -> seconds
        self.processes = []

    def start(self, name, *arguments):
        process = harness.Process(name, arguments, self.folder)
        self.processes.append(process)
        return process

    def wait_for(self, condition, what, seconds=harness.WAIT_MAX_S):
        limit = time.monotonic() + seconds
        while not (found := condition()):
            for process in (self.exchange, getattr(self, "stream", None)):
                if process and not process.running():
                    raise SystemExit(f"FAILED: {process.name} ended while waiting for {what}:\n"
                                     f"{harness.tail(process)}")
            if time.monotonic() > limit:
                raise SystemExit(f"FAILED: {what} did not happen in {seconds} s\n"
                                 f"{harness.tail(self.stream)}")
            time.sleep(0.01)
        return found

    def start_exchange(self):
        self.exchange = self.start(
            "sim", "sim", "--symbols", ",".join(SYMBOLS), "--rate", self.options.rate, "--seed",
            self.options.seed, "--start-when-subscribed", len(SYMBOLS), "--port", 0, "--rest-port",
            0, "--admin-port", 0, "--tls-dir", self.folder / "tls", "--ledger", self.ledger,
            *self.exchange_flags)
        ready = self.wait_for(
            lambda: next((line for line in self.exchange.output().splitlines()
                          if line.startswith("k2-sim ready")), None), "the exchange in a box")
        self.place = dict(word.split("=", 1) for word in ready.split() if "=" in word)

    def start_stream(self):
        self.lives += 1
        self.stream = self.start(
            f"stream-{self.lives}", "stream", "--symbols", ",".join(SYMBOLS), "--data-dir",
            self.data_dir, "--stream-url", self.place["ws"], "--rest-url", self.place["rest"],
            "--custom-ca-bundle", self.place["ca"], *self.stream_flags)

    def admin(self, method, path, body=None):
        request = urllib.request.Request(self.place["admin"] + path, method=method,
                                         data=body.encode() if body else None)
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)

    def published(self):
        """The last id of each symbol in the ledger."""
        size = self.ledger.stat().st_size
        with open(self.ledger, "rb") as ledger:
            ledger.seek(max(0, size - 65536))
            lines = ledger.read().split(b"\n")[1 if size > 65536 else 0:-1]
        found = {}
        for line in lines:
            symbol, number, _ = line.decode().split(",", 2)
            found[symbol] = int(number)
        return found

    def stored(self):
        try:
            with sqlite3.connect(f"file:{self.data_dir / 'journal.db'}?mode=ro", uri=True,
                                 timeout=5) as database:
                return dict(database.execute("SELECT symbol, last_id FROM positions"))
        except sqlite3.OperationalError:
            return {}

    def reached(self, ids):
        positions = self.stored()
        return all(positions.get(symbol, -1) >= number for symbol, number in ids.items())

    def live_at(self, since):
        """Returns the time when the first connection after a moment went live."""
        for line in self.stream.output().splitlines():
            if '"connection.changed"' in line and '"to":"live"' in line:
                at = datetime.datetime.fromisoformat(json.loads(line)["ts"]).timestamp()
                if at > since:
                    return at
        return None

    def has_live_line(self):
        """True while a connection of the present life is live: a fault needs one to meet."""
        live = set()
        for line in self.stream.output().splitlines():
            if '"connection.changed"' not in line:
                continue
            event = json.loads(line)
            if event["to"] == "live":
                live.add(event["connection"])
            else:
                live.discard(event["connection"])
        return bool(live)

    def strike(self, fault):
        self.wait_for(self.has_live_line, f"a live line before {fault.name}")
        began = time.time()
        if fault.faults:
            self.admin("POST", "/faults", "\n".join(fault.faults))
        else:
            self.stream.kill()
            self.start_stream()
        if fault.line:
            live = self.wait_for(lambda: self.live_at(began), f"a line after {fault.name}")
            self.times[fault.name, "line"].append(live - began)
        # Whole again: all that was published until the fault was over is stored without a hole.
        self.wait_for(self.no_faults, f"the end of {fault.name}")
        self.check_hits(fault)
        ids = self.published()
        self.wait_for(lambda: self.reached(ids), f"the tape being whole after {fault.name}")
        self.times[fault.name, "whole"].append(time.time() - began)

    def no_faults(self):
        return not self.admin("GET", "/faults")["faults"]

    def check_hits(self, fault):
        """A fault that met nothing proves nothing."""
        ended = [line for line in self.exchange.output().splitlines() if "sim.fault_ended" in line]
        for line in ended[len(ended) - len(fault.faults):]:
            if line.endswith(" hits=0"):
                raise SystemExit(f"FAILED: {fault.name} hit nothing: {line}")

    def run(self):
        self.start_exchange()
        self.start_stream()
        self.wait_for(lambda: len(self.stored()) == len(SYMBOLS), "the first trades")
        end = time.monotonic() + self.options.seconds
        struck = 0
        while time.monotonic() < end or (self.options.all_kinds and struck < len(FAULTS)):
            if struck % len(FAULTS) == 0:
                order = self.random.sample(FAULTS, len(FAULTS))
            fault = order[struck % len(FAULTS)]
            self.strike(fault)
            struck += 1
            left = max(0, int(end - time.monotonic()))
            print(f"{left:>5} s left, {struck:>3} faults; last: {fault.name}", file=sys.stderr,
                  flush=True)
            time.sleep(self.random.uniform(0, 1))
        self.admin("DELETE", "/faults")
        self.stop_whole()
        if self.rotations() == 0:
            raise SystemExit("FAILED: no line was rotated")
        verify = self.start("verify", "verify", "--data-dir", self.data_dir, "--ledger",
                            self.ledger)
        clean = verify.wait(600) == 0
        print(verify.output())
        self.print_table(struck)
        return clean

    def stop_whole(self):
        """Halts the market, waits until all of it is stored, and stops the stream cleanly."""
        self.admin("POST", "/faults", "halt")
        ids = None
        while ids != (ids := self.published()):
            time.sleep(0.5)
        self.wait_for(lambda: self.reached(ids), "the last trade")
        self.stream.signal(signal.SIGTERM)
        if self.stream.wait(30) != 0:
            raise SystemExit(f"FAILED: the stream's end:\n{harness.tail(self.stream)}")

    def rotations(self):
        return sum(process.output().count("binance_connection_rotation_triggered")
                   for process in self.processes if process.name.startswith("stream"))

    def print_table(self, struck):
        print(f"seed {self.options.seed}: {struck} faults, {self.lives} lives of k2, "
              f"{self.rotations()} rotations begun, {self.options.rate} trades/s\n")
        print("| fault | times | another line live: median, worst | "
              "whole again: median, worst |\n| --- | --- | --- | --- |")
        for fault in FAULTS:
            whole = self.times[fault.name, "whole"]
            if not whole:
                continue
            line = self.times[fault.name, "line"]
            print(f"| {fault.name} | {len(whole)} | {spread(line)} | {spread(whole)} |")
        if self.options.json:
            record = [{"fault": name, "what": what, "seconds": seconds}
                      for (name, what), seconds in self.times.items()]
            pathlib.Path(self.options.json).write_text(json.dumps(record, indent=1) + "\n")


def spread(seconds):
    if not seconds:
        return "(the line stays)"
    return f"{statistics.median(seconds):.2f} s, {max(seconds):.2f} s"


def play(campaign, folder):
    """Runs it; the exit code. What is left of a failure is kept, every process ends."""
    try:
        clean = campaign.run()
    except BaseException:
        print(f"what is left of it: {folder}", file=sys.stderr)
        raise
    finally:
        for process in campaign.processes:
            if process.running():
                process.kill()
    if not clean:
        print(f"FAILED; what is left of it: {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--rate", type=int, default=2000, help="trades per second")
    parser.add_argument("--all-kinds", action="store_true", help="not before each fault struck")
    parser.add_argument("--json", help="where the times go")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="k2-campaign-"))
    return play(Campaign(options, folder), folder)


if __name__ == "__main__":
    sys.exit(main())
