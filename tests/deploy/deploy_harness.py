"""Deploys of real streams: config files, the tool's own record, a reader of journals that shares
nothing with K2 but the exported text, and the end of all that a deploy leaves running.
"""

import collections
import json
import os
import pathlib
import signal
import urllib.request

import harness

SHORT = {"dual": "4s", "validate": "4s", "look": "500ms", "grace": "20s", "ready": "90s",
         "stop": "60s", "takeover": "60s", "settle": "3s"}
ROLLED_BACK = 3


class WithDeploys:
    """Mixed into a test that has an exchange."""

    def config(self, name, **tables):
        """A config file, with its data directory beside it; the file."""
        lines = [f'data_dir = "{self.folder / name}"']
        binance = {"symbols": self.symbols, "stream_url": self.place["ws"],
                   "rest_url": self.place["rest"], "custom_ca_bundle": self.place["ca"],
                   "reconnect_delay_seconds": 0.1, **tables.pop("binance", {})}
        lines += [f"{key} = {json.dumps(value)}" for key, value in tables.pop("top", {}).items()]
        for table, values in {"binance": binance, **tables}.items():
            lines.append(f"[{table}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        path = self.folder / f"{name}.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def start_blue(self, config):
        """Starts it as an operator does; returns once it records."""
        blue = self.start(config.stem, "stream", "--config", config)
        data_dir = self.folder / config.stem
        self.wait_for(lambda: self.rows(data_dir), f"{config.stem} to record", alive=(blue,))
        return blue

    def rows(self, data_dir):
        self.data_dir = data_dir
        return self.stored()

    def start_deploy(self, name, blue, green, *flags, program=None, **periods):
        spans = [f"--{period}={span}" for period, span in {**SHORT, **periods}.items()]
        program_flag = ("--green-program", program) if program else ()
        return self.start(f"deploy-{name}", "deploy", "--out", self.folder / f"out-{name}",
                          "--blue-config", blue, "--green-config", green, *program_flag, *spans,
                          *flags)

    def report(self, name):
        path = self.folder / f"out-{name}" / "report.json"
        return json.loads(path.read_text(encoding="utf-8"))

    def in_dual_operation(self, name):
        """It is, and what is traded from now on lies within what is compared."""
        path = self.folder / f"out-{name}" / "progress.json"
        if not path.exists():
            return False
        progress = json.loads(path.read_text(encoding="utf-8"))
        return progress["state"] == "dual" and progress["watched"]["probes"] >= 4

    def assert_rolled_back(self, name, why):
        report = self.report(name)
        self.assertRegex(report["verdict"], f"ROLLED BACK: .*(?:{why})")
        self.assertTrue(all(proof["clean"] for proof in report["progress"]["back"]))
        self.assertLess(report["rollback_s"], 120)
        print(f"{name}: back after {report['rollback_s']:.1f} s: {report['verdict']}", flush=True)

    def exchange_does(self, text):
        urllib.request.urlopen(f"{self.place['admin']}/faults", text.encode()).close()

    def ids_of_journal(self, name):
        """Returns the ids per symbol in delivery order, from the exported text."""
        self.data_dir = self.folder / name
        ids = collections.defaultdict(list)
        for trade in self.exported():
            ids[trade["symbol"]].append(trade["source_sequence"])
        return ids

    def ids_published(self):
        ids = collections.defaultdict(list)
        for line in self.ledger.read_text().splitlines():
            fields = line.split(",")
            if len(fields) == 6:  # the last line may be on its way
                ids[fields[0]].append(int(fields[1]))
        return ids

    def assert_whole(self, *names):
        """The journals together hold every id from the first to the last they have, and each of
        them each id once and in order."""
        journals = [self.ids_of_journal(name) for name in names]
        published = self.ids_published()
        for symbol in self.symbols.split(","):
            for name, ids in zip(names, journals):
                self.assertEqual(ids[symbol], sorted(set(ids[symbol])), f"{name}, {symbol}")
            held = set().union(*(ids[symbol] for ids in journals))
            first, last = min(held), max(held)
            expected = {number for number in published[symbol] if first <= number <= last}
            self.assertEqual(len(expected - held), 0, f"{symbol}: {first}..{last}")
            self.assertEqual(held - expected, set(), f"{symbol}: unpublished")

    def _clean_up(self):
        # What a deploy begins outlives it.
        for path in self.folder.glob("out-*/*.pid"):
            harness.end_marked(json.loads(path.read_text(encoding="utf-8")))
        for path in self.folder.glob("*/lock"):
            kill_writer(path)
        super()._clean_up()


def kill_writer(lock):
    """Ends the process that has this lock of the test's own folder open."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            descriptors = (process / "fd").iterdir()
            if any(path.samefile(lock) for path in descriptors if path.exists()):
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:
            continue  # it has ended meanwhile
