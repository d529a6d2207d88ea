#!/usr/bin/env python3
"""`k2 soak` at work, side by side: half a day's events that hold, a leak that is named, lost trades
that are named, trades that no ledger names and REST does not give; and a soak that dies and is
resumed, whose half minute is too short for the stream's audit and so UNKNOWN."""

import json
import os
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "support")]
import harness  # noqa: E402
from environment import enter_venv  # noqa: E402

# Directory of pictures; by default the test's own folder, which is deleted at its end.
PICTURES = os.environ.get("TEST_PICTURES")

# Within the ten drops that a day may have. The successor of an announced end needs some seconds.
FAULTS = ("drop at=14s how=rst on=one", "lose at=22s frames=100", "rest-down at=30s for=3s",
          "server-shutdown at=36s lead=9s", "half-open at=52s on=one")


class Soak(harness.WithExchange):
    def begin(self, name, *flags):
        return self.start(name, "soak", "--sim", "--sim-rate", 200, "--metrics-listen",
                          "127.0.0.1:0", "--out", self.folder / name, *flags)

    def result(self, name):
        path = self.folder / name / "binance_soak_memory_profile.json"
        profile = json.loads(path.read_text(encoding="utf-8"))
        report = (self.folder / name / "binance_soak_test_report.txt").read_text(encoding="utf-8")
        page = (self.folder / name / "binance_soak_test_report.html").read_text(encoding="utf-8")
        self.assertIn("<svg", page)
        self.assertTrue(report.startswith("K2 soak test: "), report[:80])
        return profile

    def setup_of(self, name):
        """The first line of the soak's record; None while there is none."""
        path = self.folder / name / "soak.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return json.loads(lines[0]) if lines else None

    def samples(self, name):
        path = self.folder / name / "soak.jsonl"
        if not path.exists():
            return []
        lines = path.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.startswith('{"elapsed_s"')]

    def test_each_is_judged(self):
        # 12 h at 1/288: 150 s with rotations each 50 s and pings each 0.6 s; the audit needs two
        # minutes for its first judgement.
        holds = self.begin("holds", "--profile", "12h", "--compress", 288,
                           *(word for fault in FAULTS for word in ("--sim-fault", fault)))
        leaks = self.begin("leaks", "--profile", "1h", "--compress", 120, "--allow-drills",
                           "--memory-inject-leak-mb-per-hour", 120)  # 30 s pass in one
        loses = self.begin("loses", "--profile", "1h", "--compress", 120, "--stream-program",
                           os.environ["TEST_LOSSY_BINARY"], "--sim-fault",
                           "lose at=5s frames=100")
        # Without the audit: half a minute may, or may not, end a minute that can be audited.
        dies = self.begin("dies", "--profile", "1h", "--compress", 120, "--audit", "false")
        lacks = self.begin_without_ledger()
        self.resumes(dies)
        self.names_the_leak(leaks)
        self.names_the_loss(loses)
        self.names_the_open_gap(lacks)
        self.holds(holds)

    def begin_without_ledger(self):
        """Starts as on the live exchange: only the journal shows what is missing."""
        self.exchange = self.start(
            "sim", "sim", "--symbols", self.symbols, "--rate", 200, "--port", 0, "--rest-port", 0,
            "--tls-dir", self.folder / "tls", "--start-when-subscribed", 2,
            "--fault", "lose at=8s frames=800", "--fault", "rest-down at=5s status=451 for=1h")
        self.wait_exchange()
        return self.start("lacks", "soak", "--profile", "1h", "--compress", 120, "--symbols",
                          self.symbols, "--gap-patience-seconds", 2, "--metrics-listen",
                          "127.0.0.1:0", "--stream-url", self.place["ws"], "--rest-url",
                          self.place["rest"], "--custom-ca-bundle", self.place["ca"],
                          "--out", self.folder / "lacks")

    def names_the_open_gap(self, lacks):
        self.assertEqual(lacks.wait(), 1, harness.tail(lacks))
        verdict = self.result("lacks")["verdict"]
        self.assertEqual(verdict["outcome"], "FAIL")
        self.assertIn("integrity", verdict["failed"])
        measured = next(one["measured"] for one in verdict["criteria"]
                        if one["name"] == "integrity")
        self.assertRegex(measured, r"[1-9][0-9]* ids in open gaps")
        self.assertRegex(measured, r"[1-9][0-9]* ids missing at the end")

    def resumes(self, dies):
        self.wait_for(lambda: len(self.samples("dies")) >= 5, "five samples", alive=(dies,))
        dies.kill()
        before = self.samples("dies")
        setup = self.setup_of("dies")
        for child in (setup["stream_process"]["pid"], setup["exchange_process"]["pid"]):
            os.kill(child, 0)  # it lives on
        again = self.start("again", "soak", "--resume", "--out", self.folder / "dies")
        self.assertEqual(again.wait(), 3, harness.tail(again))
        self.assertEqual(self.samples("dies")[:len(before)], before)
        profile = self.result("dies")
        self.assertEqual(profile["verdict"]["outcome"], "UNKNOWN", profile["verdict"])
        self.assertEqual(profile["verdict"]["failed"], ["integrity"])
        self.assertIn("UNKNOWN integrity: CLEAN", again.output())
        self.assertIn("no minute was audited", again.output())
        self.assertEqual([event["what"] for event in profile["events"]], ["resumed", "ending"])
        self.assertEqual(self.setup_of("dies"), setup, "the same processes to the end")
        # A finished part is not started again.
        third = self.start("third", "soak", "--resume", "--out", self.folder / "dies")
        self.assertEqual(third.wait(), 1)
        self.assertIn("is finished: UNKNOWN", third.output())

    def names_the_leak(self, leaks):
        self.assertEqual(leaks.wait(), 1, harness.tail(leaks))
        failed = self.result("leaks")["verdict"]["failed"]
        self.assertIn("memory_growth", failed)
        self.assertIn("memory_slope", failed)
        # Half a minute may have no minute for the audit, so that integrity is unknown.
        self.assertEqual([name for name in failed if not name.startswith("memory_")
                          and name not in ("leak_score", "integrity")], [])

    def names_the_loss(self, loses):
        self.assertEqual(loses.wait(), 1, harness.tail(loses))
        profile = self.result("loses")
        self.assertIn("integrity", profile["verdict"]["failed"])
        self.assertFalse(profile["verify"][0]["clean"])
        self.assertIn("missing", profile["verify"][0]["verdict"])

    def holds(self, holds):
        self.assertEqual(holds.wait(), 0, harness.tail(holds))
        profile = self.result("holds")
        numbers = profile["summary_statistics"]
        self.assertGreaterEqual(numbers["rotations"], 1)
        self.assertGreaterEqual(numbers["pings"], 340)
        self.assertGreaterEqual(numbers["unplanned_drops"], 1, "the reset was there")
        self.assertGreaterEqual(numbers["trades_backfilled"], 1, "the loss was there")
        self.assertEqual(profile["test_metadata"]["compress"], 288)
        self.assertIn("by 288", profile["test_metadata"]["description"]["COMPRESSED"])
        first = profile["memory_samples"][0]
        for field in ("timestamp", "rss_mb", "vms_bytes", "allocated_bytes", "leak_score",
                      "per_second", "connection_age_s", "reconnects", "missing_ids"):
            self.assertIn(field, first)
        self.page_shows_it(self.folder / "holds" / "binance_soak_test_report.html")

    def page_shows_it(self, page):
        from browser import Browser  # only the virtual environment has what it needs
        browser = Browser(self.folder)
        self.addCleanup(browser.close)
        browser.size(1280, 1600)
        browser.open(page.as_uri())
        self.wait_for(lambda: browser.text("#verdict") == "PASS", "the verdict on the page")
        self.assertEqual(browser.ask("document.querySelectorAll('.criterion').length"), 12)
        drawn = browser.ask("[...document.querySelectorAll('figure.plot')]"
                            ".filter((plot) => plot.querySelector('polyline')).length")
        self.assertEqual(drawn, 8, "plots with a line in each")
        browser.picture((pathlib.Path(PICTURES) if PICTURES else self.folder) / "soak.png")
        browser.size(390, 844, mobile=True)
        self.wait_for(lambda: browser.ask("innerWidth") == 390, "the phone's width")
        self.assertLessEqual(browser.ask("document.documentElement.scrollWidth"), 390)
        self.assertEqual(browser.complaints, [])

    def _clean_up(self):
        # A soak test that failed in the middle leaves its processes for a resume.
        for record in self.folder.glob("*/soak.jsonl"):
            setup = self.setup_of(record.parent.name)
            for mark in (setup or {}).get("stream_process"), (setup or {}).get("exchange_process"):
                if mark:
                    harness.end_marked(mark)
        super()._clean_up()


if __name__ == "__main__":
    enter_venv()
    unittest.main()
