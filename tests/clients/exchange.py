"""Runs `k2 sim` for a test, and returns what it published: the ledger."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from decimal import Decimal


class Exchange:
    """A `k2 sim` over TLS with made-up trades; a context manager."""

    def __init__(self, program, *flags):
        self.folder = tempfile.mkdtemp(prefix="k2-clients-")
        self.ledger_file = os.path.join(self.folder, "ledger.csv")
        # A duration bounds what a failing test leaves behind.
        self.process = subprocess.Popen(
            [program, "sim", "--tls-dir", self.folder, "--ledger", self.ledger_file,
             "--duration", "120s", *flags],
            stdout=subprocess.PIPE, text=True)
        words = self.process.stdout.readline().split()
        if words[:2] != ["k2-sim", "ready"]:
            raise RuntimeError(f"k2 sim did not start: {words}")
        self.address = dict(word.split("=", 1) for word in words[2:])
        self.ws, self.rest, self.ca = (self.address[key] for key in ("ws", "rest", "ca"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=20)
        self.process.stdout.close()
        shutil.rmtree(self.folder)
        if code != 0:
            raise RuntimeError(f"k2 sim exited with {code}")

    def ledger(self):
        """The published trades so far by (symbol, id); the last line may be half written."""
        trades = {}
        with open(self.ledger_file, encoding="utf-8") as file:
            for line in file:
                if not line.endswith("\n"):
                    break
                symbol, trade_id, price, quantity, time_us, maker = line.strip().split(",")
                trades[symbol, int(trade_id)] = (
                    Decimal(price), Decimal(quantity), int(time_us), maker == "true")
        return trades

    def wait_until_published(self, count, seconds=30):
        """Waits for the ledger to have so many trades."""
        deadline = time.monotonic() + seconds
        while len(self.ledger()) < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(self.ledger())} of {count} trades published")
            time.sleep(0.05)


def check_stream(exchange, received, microseconds):
    """A client's trades are, per symbol, a run of the ledger without gap, duplicate or change."""
    ledger = exchange.ledger()
    symbols = {symbol for symbol, *_ in received}
    assert symbols == {"BTCUSDT", "ETHUSDT"}, symbols
    for symbol in symbols:
        rows = [row for row in received if row[0] == symbol]
        ids = [row[1] for row in rows]
        assert ids == list(range(ids[0], ids[0] + len(ids))), f"{symbol}: ids are not dense"
        for _, trade_id, price, quantity, time, maker in rows:
            want = ledger[symbol, trade_id]
            want_time = want[2] if microseconds else want[2] // 1000
            got = (Decimal(str(price)), Decimal(str(quantity)), time, maker)
            assert got == (want[0], want[1], want_time, want[3]), (symbol, trade_id, got, want)
