"""`k2 report` over sixteen weeks, from a real Prometheus: one that is healthy, and one for each
trigger and each criterion. Each must get its verdict, and no other reason than its own. The page is
opened in a real browser.

The healthy week is the simulation's, seen through the product's own metrics; the others are made of
it by what a scrape would have shown (variants.cpp)."""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import prometheus

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from environment import enter_venv  # noqa: E402

# Directory of pages and pictures; by default the test's own folder, which is deleted at its end.
PICTURES = os.environ.get("TEST_PICTURES")
WAIT_MAX_S = 60
BEGIN_S = 1_723_075_200  # 2024-08-08, when every simulated world begins
WEEK = ("--from", "2024-08-08", "--to", "2024-08-15")
DAY = ("--from", "2024-08-08", "--to", "2024-08-09")
CODES = {"APPROVED": 0, "NOT APPROVED": 3, "ROLLBACK": 4}
# The verdict of each week, the criteria that fail, the triggers that fire.
WEEKS = {
    "healthy": ("APPROVED", (), ()),
    "hole": ("NOT APPROVED", ("observed",), ()),
    "down-short": ("NOT APPROVED", ("alerts", "uptime"), ()),
    "down-long": ("ROLLBACK", ("alerts", "uptime"), ("uptime",)),
    "leak-slow": ("NOT APPROVED", ("memory",), ()),
    "leak-fast": ("ROLLBACK", ("memory",), ("memory growth",)),
    "quiet": ("NOT APPROVED", ("rate",), ()),
    "no-rotations": ("NOT APPROVED", ("rotations",), ()),
    "few-pings": ("NOT APPROVED", ("pings",), ()),
    "reconnects": ("NOT APPROVED", ("reconnects",), ()),
    "alarm": ("NOT APPROVED", ("alerts",), ()),
    "alarms": ("ROLLBACK", ("alerts", "delivery"), ("critical alerts",)),
    "behind": ("NOT APPROVED", ("delivery",), ()),
    "incomplete": ("ROLLBACK", ("alerts", "integrity"), ("integrity",)),
    "missing": ("ROLLBACK", ("alerts", "integrity"), ("integrity",)),
    "tls": ("ROLLBACK", ("alerts",), ("TLS failures",)),
}


def binary(name):
    path = os.environ.get(name, "")
    if not os.access(path, os.X_OK):
        raise SystemExit(f"FAILED: {name} names no program; run through ctest")
    return path


def wanted_metrics():
    """Returns the metrics of the report and the rules; the rest of each page is left out."""
    queries = (ROOT / "tools" / "report" / "queries.cpp").read_text(encoding="utf-8")
    rules = prometheus.RULES.read_text(encoding="utf-8")
    return set(re.findall(r"(\w+)\{\$S", queries)) | set(re.findall(r'(\w+)\{job="k2"', rules))


def failing(criteria):
    return tuple(sorted(one["name"] for one in criteria if one["outcome"] in ("FAIL", "unknown")))


class Weeks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="k2-report-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        files = [cls.folder / "weeks1.om", cls.folder / "weeks2.om"]
        told = subprocess.run(
            [binary("TEST_WEEKS_BINARY"), *(part for file in files for part in ("--out", file)),
             *(part for name in wanted_metrics() for part in ("--metric", name))],
            text=True, stdout=subprocess.PIPE, check=False)
        if told.returncode != 0:
            raise AssertionError(told.stdout)
        prometheus.make_blocks(files, cls.folder / "data")
        for file in files:
            file.unlink()
        server = prometheus.Prometheus(cls.folder)
        try:
            alerts = cls.folder / "alerts.om"
            alerts.write_text(prometheus.evaluate(server, BEGIN_S, BEGIN_S + 7 * 86_400 - 60),
                              encoding="utf-8")
        finally:
            server.stop()
        prometheus.make_blocks([alerts], cls.folder / "data")
        cls.server = prometheus.Prometheus(cls.folder)
        cls.addClassCleanup(cls.server.stop)

    def report(self, *flags, code):
        done = subprocess.run(
            [binary("TEST_K2_BINARY"), "report", "--prometheus", self.server.url, *map(str, flags)],
            text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, code, done.stdout[-3000:] + done.stderr)
        return done.stdout

    def judged(self, week):
        verdict = WEEKS[week][0]
        return json.loads(self.report(*WEEK, "--instance", week, "--json", "--html",
                                      self.folder / f"{week}.html", code=CODES[verdict]))

    def test_each_week_gets_its_verdict_and_no_other_reason(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            reports = dict(zip(WEEKS, pool.map(self.judged, WEEKS)))
        for week, (verdict, criteria, triggers) in WEEKS.items():
            found = reports[week]
            (instance,) = found["instances"]
            print(f"{week:13} {found['verdict']:13} {'; '.join(found['reasons'])}", flush=True)
            with self.subTest(week):
                self.assertEqual(found["verdict"], verdict)
                self.assertEqual(failing(instance["criteria"]), criteria)
                self.assertEqual(failing(instance["triggers"]), triggers)
                for name in (*criteria, *triggers):
                    self.assertTrue(any(f"{week}: {name}:" in one for one in found["reasons"]))
                self.assertEqual(len(instance["days"]), 7)
        self.check_numbers(reports["healthy"]["instances"][0]["whole"])
        self.check_page()

    def check_numbers(self, whole):
        """Checks those that the simulation itself prints for this week."""
        self.assertEqual(whole["restarts"], 1)
        self.assertEqual(whole["audit_minutes_incomplete"], 0)
        self.assertGreater(whole["audit_minutes_complete"], 7 * 2 * 1_440 * 0.99)
        self.assertAlmostEqual(whole["rate_avg"], 11, delta=0.3)
        self.assertAlmostEqual(whole["trades_accepted"], 11 * 7 * 86_400, delta=50_000)
        self.assertGreater(whole["trades_backfilled"], 0)
        self.assertGreater(whole["uptime"], 0.999)
        self.assertEqual(set(whole["stage_seconds"]),
                         {"exchange_receive", "receive_accepted", "receive_journal"})
        self.assertLess(0.001, whole["pong_seconds_p50"])

    def wait_for(self, condition, what):
        limit = time.monotonic() + WAIT_MAX_S
        while not condition():
            self.assertLess(time.monotonic(), limit, f"{what} did not come")
            time.sleep(0.02)

    def check_page(self):
        from browser import Browser  # only the virtual environment has what it needs
        pictures = pathlib.Path(PICTURES) if PICTURES else self.folder
        browser = Browser(self.folder)
        try:
            for week in ("healthy", "leak-fast"):
                browser.size(1280, 2000)
                browser.open(f"file://{self.folder / week}.html")
                self.wait_for(lambda: browser.ask("document.readyState") == "complete"
                              and browser.text(".verdict") == WEEKS[week][0], f"{week}'s page")
                drawn = browser.ask("[...document.querySelectorAll('figure.plot')].map(one => "
                                    "one.querySelector('svg') ? +one.dataset.points : 0)")
                self.assertEqual(len(drawn), 6)
                self.assertTrue(all(count > 0 for count in drawn), drawn)
                self.assertEqual(browser.ask("document.querySelectorAll('script').length"), 0)
                browser.picture(pictures / f"report_{week}.png")
                browser.size(390, 844, mobile=True)
                self.wait_for(lambda: browser.ask("innerWidth") == 390, "the phone's width")
                self.assertLessEqual(browser.ask("document.documentElement.scrollWidth"), 390)
            self.assertEqual(browser.complaints, [])
            if PICTURES:
                for page in self.folder.glob("*.html"):
                    shutil.copy(page, pictures)
        finally:
            browser.close()

    def test_instances_are_judged_each_and_named(self):
        found = json.loads(self.report(*DAY, "--instance", "healthy|leak-fast", "--json", code=4))
        self.assertEqual([one["instance"] for one in found["instances"]], ["healthy", "leak-fast"])
        self.assertTrue(all(reason.startswith("leak-fast: ") for reason in found["reasons"]))

    def test_the_daily_checklist_has_a_tick_for_each_criterion(self):
        text = self.report("--daily", "--to", "2024-08-09", "--instance", "healthy", code=0)
        self.assertEqual(text.count("[x]"), 15, text)
        self.assertNotIn("[ ]", text)
        self.assertIn("[ ] memory ", self.report("--daily", "--to", "2024-08-09", "--instance",
                                                 "leak-fast", code=4))

    def test_results_of_verify_are_joined(self):
        clean, dirty, odd = (self.folder / f"{name}.json" for name in ("clean", "dirty", "odd"))
        accepted = json.loads(self.report(*DAY, "--instance", "healthy", "--json", code=0))[
            "instances"][0]["whole"]["trades_accepted"]
        result = {"clean": True, "outcome": "clean", "verdict": "CLEAN", "version": "1",
                  "tapes": 2, "total": {"stored": round(accepted)},
                  "period": {"first_trade": "2024-08-08T00:00:01Z",
                             "last_trade": "2024-08-08T23:59:59Z"}}
        clean.write_text(json.dumps(result))
        other = self.folder / "other.json"
        result["period"] = {"first_trade": "2024-08-09T00:00:01Z",
                            "last_trade": "2024-08-09T23:59:59Z"}
        other.write_text(json.dumps(result))
        dirty.write_text('{"clean": false, "verdict": "NOT CLEAN: 1 missing"}')
        odd.write_text("no result")
        base = (*DAY, "--instance", "healthy")
        self.assertIn("CLEAN", self.report(*base, "--verify", clean, code=0))
        self.assertIn("1 missing", self.report(*base, "--verify", clean, dirty, code=4))
        self.assertIn("no result", self.report(*base, "--verify", clean, odd, code=3))
        self.assertIn("of other days", self.report(*base, "--verify", other, code=3))

    def test_what_was_not_measured_is_not_good(self):
        text = self.report(*DAY, "--instance", "nobody", code=3)
        self.assertIn("nothing was measured", text)
        self.report("--from", "2023-01-01", "--to", "2023-01-02", code=3)
        self.assertEqual(subprocess.run(
            [binary("TEST_K2_BINARY"), "report", "--prometheus", "http://127.0.0.1:1"],
            capture_output=True, check=False).returncode, 1)


if __name__ == "__main__":
    enter_venv()
    unittest.main()
