"""Runs the real `k2` for the end-to-end tests: processes that always end, and waits for conditions.

The binary is TEST_K2_BINARY (ctest sets it). A wait that runs into its limit fails the test with
the end of every process's log.
"""

import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from ports import free_port  # noqa: E402,F401  # tests use harness.free_port

TRADES = next((ROOT / "data").glob("spot_*_trade_*.jsonl.gz"))
TRADE_COUNT = 34_419
WAIT_MAX_S = float(os.environ.get("TEST_WAIT_MAX_S", "120"))


def k2_binary():
    path = os.environ.get("TEST_K2_BINARY")
    if not path or not os.access(path, os.X_OK):
        raise SystemExit("FAILED: TEST_K2_BINARY does not name the k2 program; run through ctest")
    return path


def clean_environment():
    """The environment without settings of k2: a test sets them explicitly."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("K2_")}
    # Streams side by side share no port.
    return {**clean, "K2_METRICS_LISTEN": "127.0.0.1:0"}


class Process:
    """One run of k2, or of another program; its output goes to a file, for tests to read."""

    def __init__(self, name, arguments, folder, environment=None, program=None):
        command = [program or k2_binary(), *map(str, arguments)]
        self.name = name
        self.log = folder / f"{name}.log"
        with open(self.log, "ab") as log:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, cwd=folder,
                env={**clean_environment(), **(environment or {})})

    @property
    def pid(self):
        return self._child.pid

    def running(self):
        return self._child.poll() is None

    def output(self):
        return self.log.read_text(errors="replace")

    def events(self, name):
        """The log lines of an event, oldest first."""
        lines = [line for line in self.output().splitlines() if f'"event":"{name}"' in line]
        return [json.loads(line) for line in lines]

    def signal(self, number):
        self._child.send_signal(number)

    def kill(self):
        """kill -9, the way a machine would die; returns once it is gone."""
        self._child.kill()
        self._child.wait()

    def wait(self, seconds=WAIT_MAX_S):
        """The exit code; a process that outstays its time fails the test."""
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end in {seconds} s:\n{tail(self)}") from None


def tail(process, lines=40):
    return "\n".join(process.output().splitlines()[-lines:])


def end_marked(mark):
    """Ends the process of a mark that k2 left, and no other that has its number now."""
    try:
        stat = pathlib.Path(f"/proc/{mark['pid']}/stat").read_text(encoding="utf-8")
        if int(stat.rsplit(")", 1)[1].split()[19]) == mark["started_ticks"]:
            os.kill(mark["pid"], signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        pass


class EndToEnd(unittest.TestCase):
    """A folder of its own, and every process it starts ends with it."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="k2-e2e-"))
        self.data_dir = self.folder / "journal"
        self._processes = []
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        for process in self._processes:
            if process.running():
                process.kill()
        failed = any(error for _, error in getattr(self._outcome, "errors", []) if error)
        result = getattr(self._outcome, "result", None)
        failed = failed or bool(result and (result.failures or result.errors))
        if failed:
            for process in self._processes:
                print(f"---- {process.name}\n{tail(process)}")
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, name, *arguments, environment=None, program=None):
        process = Process(name, arguments, self.folder, environment, program)
        self._processes.append(process)
        return process

    def run_k2(self, name, *arguments, code=0):
        """Runs to the end and returns the output, after checking the exit code."""
        process = self.start(name, *arguments)
        found = process.wait()
        self.assertEqual(found, code, f"k2 {name}:\n{tail(process)}")
        return process.output()

    def wait_for(self, condition, what, seconds=WAIT_MAX_S, alive=()):
        """Polls until condition() is true; fails immediately when a process of `alive` is gone."""
        limit = time.monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            for process in alive:
                if not process.running():
                    self.fail(f"{process.name} ended while waiting for {what}:\n{tail(process)}")
            if time.monotonic() > limit:
                self.fail(f"{what} did not happen in {seconds} s")
            time.sleep(0.02)

    def journal(self, sql):
        """Rows of the journal, read while another process may be writing it."""
        path = self.data_dir / "journal.db"
        if not path.exists():
            return []
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5) as database:
                return database.execute(sql).fetchall()
        except sqlite3.OperationalError:
            return []  # not created yet

    def stored(self):
        rows = self.journal("SELECT coalesce(sum(count), 0) FROM blocks")
        return rows[0][0] if rows else 0

    def exported(self, **flags):
        out = self.folder / "export.jsonl"
        out.unlink(missing_ok=True)
        extra = [part for key, value in flags.items() for part in (f"--{key}", value)]
        self.run_k2("export", "export", "--data-dir", self.data_dir, "--format", "jsonl", "--out",
                    out, *extra)
        return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]

    def stop(self, process, seconds=10):
        """SIGTERM: it drains, commits and leaves with 0 within seconds."""
        process.signal(signal.SIGTERM)
        code = process.wait(seconds)
        self.assertEqual(code, 0, f"{process.name} after SIGTERM:\n{tail(process)}")


class WithExchange(EndToEnd):
    """Tests against `k2 sim`: TLS with its own CA, and a ledger of all that it published."""

    symbols = "BTCUSDT,ETHUSDT"

    def start_exchange(self, *flags, speed="max", subscribed=2, replay=TRADES):
        self.ledger = self.folder / "ledger.csv"
        self.exchange = self.start(
            "sim", "sim", "--replay", replay, "--speed", speed, "--start-when-subscribed",
            subscribed, "--port", 0, "--rest-port", 0, "--tls-dir", self.folder / "tls",
            "--ledger", self.ledger, *flags)
        self.wait_exchange()

    def wait_exchange(self):
        ready = self.wait_for(lambda: self.line_of(self.exchange, "k2-sim ready"),
                              "the exchange simulator", alive=(self.exchange,))
        self.place = dict(word.split("=", 1) for word in ready.split() if "=" in word)

    @staticmethod
    def line_of(process, beginning):
        lines = process.output().splitlines()
        return next((line for line in lines if line.startswith(beginning)), None)

    def start_stream(self, *flags, name="stream", environment=None):
        return self.start(name, "stream", "--symbols", self.symbols,
                          "--data-dir", self.data_dir, "--stream-url", self.place["ws"],
                          "--rest-url", self.place["rest"], "--custom-ca-bundle", self.place["ca"],
                          "--reconnect-delay-seconds", "0.1", *flags, environment=environment)

    def wait_published(self, *alive):
        return self.wait_for(lambda: self.line_of(self.exchange, "k2-sim finished"),
                             "the end of the recording", alive=(self.exchange, *alive))

    def verdict(self):
        """The result of `k2 verify --json` against the ledger; None while not clean."""
        process = self.start("verify", "verify", "--data-dir", self.data_dir, "--ledger",
                             self.ledger, "--json")
        code = process.wait()
        return json.loads(process.output().splitlines()[-1]) if code == 0 else None

    def assert_whole(self):
        """Every trade of the recording is stored, once, in order, unaltered."""
        self.assertEqual(self.stored(), TRADE_COUNT)
        output = self.run_k2("verify", "verify", "--data-dir", self.data_dir, "--ledger",
                             self.ledger)
        published = self.ledger.read_text().count("\n")
        self.assertEqual(published, TRADE_COUNT, output)
