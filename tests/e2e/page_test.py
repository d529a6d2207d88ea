"""The status page in a real browser, beside a running stream: its numbers, a gap and a rotation
without reload, a restart of K2, desktop and phone."""

import http.client
import json
import os
import pathlib
import sys
import unittest

import harness

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from environment import enter_venv  # noqa: E402

# The folder of the pictures; by default in the test's own folder, deleted with it.
PICTURES = os.environ.get("TEST_PICTURES")


class Page(harness.WithExchange):
    def setUp(self):
        super().setUp()
        from browser import Browser  # only the virtual environment has what it needs
        self.browser = Browser(self.folder)
        self.addCleanup(self.browser.close)
        self.pictures = pathlib.Path(PICTURES) if PICTURES else self.folder
        self.port = 0

    def start_watched(self, *flags, name="stream"):
        stream = self.start_stream("--metrics-listen", f"127.0.0.1:{self.port}", *flags, name=name)
        listening = self.wait_for(lambda: stream.events("watch.listening"), "the watch server",
                                  alive=(stream,))
        self.port = listening[0]["port"]
        # Until the first numbers are published the status is a 503, of which a browser complains.
        self.wait_for(lambda: self.answers("/readyz"), "a stream that is ready", alive=(stream,))
        return stream

    def answers(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        finally:
            connection.close()

    def shows(self, selector, *texts, seconds=60):
        def condition():
            text = self.browser.text(selector) or ""
            return any(wanted in text for wanted in texts)
        self.wait_for(condition, f"{selector} with {' or '.join(texts)}", seconds=seconds)

    def api_status(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/api/status")
        return json.loads(connection.getresponse().read())

    def test_it_shows_the_stream_as_it_is(self):
        self.start_exchange("--fault", "lose at-trade=6000 frames=400",
                            "--fault", "rest-down at=5s for=15s", speed="10")
        stream = self.start_watched("--allow-drills", "--connection-max-lifetime-hours", "0.004",
                                    "--gap-patience-seconds", "2")
        self.browser.size(1280, 1600)
        self.browser.open(f"http://127.0.0.1:{self.port}/")
        self.shows("#verdict", "the tape is whole")
        first_line = self.browser.text("#lines tbody td:nth-child(1)")
        self.assertEqual(first_line, "trade.0")

        # The page shows without a reload that a gap opens and closes, and that a connection is
        # rotated.
        self.shows("#verdict", "trades missing", "repairing")
        self.shows("#gaps tbody", "declared", "hole")
        self.browser.picture(self.pictures / "page_fault.png")
        self.browser.size(390, 844, mobile=True)
        self.browser.picture(self.pictures / "page_fault_phone.png")
        self.browser.size(1280, 1600)
        self.shows("#verdict", "the tape is whole")
        self.shows("#events", "binance_connection_rotation_completed")
        self.wait_for(lambda: self.browser.ask("Chart.getChart('chart-rate').data.labels.length")
                      >= 2, "points in the chart")
        self.browser.picture(self.pictures / "page.png")
        self.browser.dark(True)
        self.browser.picture(self.pictures / "page_dark.png")

        self.wait_published(stream)
        self.wait_for(lambda: self.api_status()["tape"]["accepted"] == harness.TRADE_COUNT,
                      "every trade in the status")
        self.assert_numbers_equal_the_status()
        shown = self.browser.ask(
            "[...document.querySelectorAll('#symbols .row span:first-child')]"
            ".map((cell) => cell.textContent).sort().join()")
        self.assertEqual(shown, "BTCUSDT,ETHUSDT")

        self.browser.size(390, 844, mobile=True)
        self.wait_for(lambda: self.browser.ask("innerWidth") == 390, "the phone's width")
        self.assertLessEqual(self.browser.ask("document.documentElement.scrollWidth"), 390)
        self.browser.picture(self.pictures / "page_phone.png")
        self.assertEqual(self.browser.complaints, [])
        self.stop(stream)

    def assert_numbers_equal_the_status(self):
        """Compares the page at the end of the recording, when nothing changes any more."""
        self.shows("#accepted", f"{harness.TRADE_COUNT:,}")
        now = self.api_status()
        tape, links = now["tape"], now["links"]
        minutes = tape["audit_minutes"]
        for selector, wanted in (
                ("#missing", tape["missing_in_holes"] + tape["missing_declared"]),
                ("#backfilled", tape["backfilled"]),
                ("#to-store", now["journal"]["waiting_trades"]),
                ("#audit", f"{minutes['complete']:,} whole")):
            text = wanted if isinstance(wanted, str) else f"{wanted:,}"
            self.wait_for(lambda selector=selector, text=text: self.browser.text(selector) == text,
                          f"{selector} with {text}")
        self.assertEqual(sorted(self.texts("#lines tbody td:first-child")),
                         sorted(line["place"] for line in links["lines"]))
        self.assertIn(f"declared {tape['gaps_declared']}", self.browser.text("#repair"))
        self.assertIn(f"reconnects {sum(links['reconnects'].values())}",
                      self.browser.text("#links"))
        self.assertIn(f"K2 {now['version']}", self.browser.text("#version"))
        self.assertEqual(self.texts("#gaps tbody tr"), [])

    def texts(self, selector):
        return self.browser.ask(f"[...document.querySelectorAll({json.dumps(selector)})]"
                                ".map((one) => one.textContent)")

    def test_thousands_of_symbols_are_sorted_and_filtered_and_never_obeyed(self):
        self.start_exchange(speed="1")
        stream = self.start_watched()
        self.browser.open(f"http://127.0.0.1:{self.port}/")
        self.shows("#verdict", "the tape is whole")
        # As if K2 recorded them; the page's own rounds would overwrite it.
        self.browser.ask("""fetch = () => new Promise(() => {});
            showSymbols([...Array(5000).keys()].map((at) => ({
              symbol: at === 7 ? "<img src=x onerror=document.title='obeyed'>" : `S${at}`,
              per_second: at, last_id: at, missing: at % 100 ? 0 : 1, quiet_s: 0 })))""")
        first = "#symbols .row:first-child span:first-child"
        self.assertEqual(self.browser.text(first), "S4999", "the busiest first")
        self.assertLess(len(self.texts("#symbols .row")), 60, "only rows in sight exist")
        self.browser.ask("""document.querySelector("button[data-key='symbol']").click()""")
        self.assertEqual(self.browser.text(first), "<img src=x onerror=document.title='obeyed'>")
        self.assertNotIn("obeyed", self.browser.ask("document.title"))
        self.browser.ask("""document.querySelector("button[data-key='missing']").click()""")
        self.assertEqual(self.browser.text("#symbols .row:first-child span:nth-child(4)"), "1")
        self.browser.ask("""$("symbols").scrollTop = 1e6""")
        self.wait_for(lambda: "S999" in self.texts("#symbols .row span:first-child"),
                      "the last row after scrolling")
        self.browser.ask("""$("filter").value = "s4999";
            $("filter").dispatchEvent(new Event("input"))""")
        self.assertEqual(self.texts("#symbols .row span:first-child"), ["S4999"])
        self.assertEqual(self.browser.text("#symbols-count"), "1 of 5,000")
        self.assertEqual(self.browser.complaints, [])
        self.stop(stream)

    def test_nothing_but_its_own_files_runs_in_it(self):
        self.start_exchange(speed="1")
        stream = self.start_watched()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/")
        reply = connection.getresponse()
        policy, page = reply.getheader("Content-Security-Policy"), reply.read().decode()
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertNotRegex(page, r"<script(?![^>]*src=)|\son\w+=|style=|https?://")
        self.stop(stream)

    def test_it_outlives_a_restart(self):
        self.start_exchange(speed="5")
        stream = self.start_watched()
        self.browser.open(f"http://127.0.0.1:{self.port}/")
        self.shows("#verdict", "the tape is whole")
        self.stop(stream)
        self.shows("#verdict", "K2 does not answer")
        stream = self.start_watched(name="again")
        self.shows("#verdict", "the tape is whole")
        self.stop(stream)


if __name__ == "__main__":
    enter_venv()
    unittest.main()
