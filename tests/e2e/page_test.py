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

# Where pictures are kept; in the test's own folder, gone with it, unless this says otherwise.
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

        # A gap opens and heals, a line is rotated: the page says so without being told to.
        self.shows("#verdict", "trades missing", "repairing")
        self.shows("#gaps tbody", "declared", "hole")
        self.browser.picture(self.pictures / "page_fault.png")
        self.shows("#verdict", "the tape is whole")
        self.shows("#events", "binance_connection_rotation_triggered")
        self.wait_for(lambda: self.browser.ask("Chart.getChart('chart-rate').data.labels.length")
                      >= 2, "points in the chart")
        self.browser.picture(self.pictures / "page.png")
        self.browser.dark(True)
        self.browser.picture(self.pictures / "page_dark.png")

        self.wait_published(stream)
        self.wait_for(lambda: self.api_status()["tape"]["accepted"] == harness.TRADE_COUNT,
                      "every trade in the status")
        self.shows("#accepted", f"{harness.TRADE_COUNT:,}")
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
