"""`k2 deploy` with real processes and journals at 1,000 trades a second: a good version that is
deployed though the tool is killed in every state, twice, and taken back again; and three broken
ones that go back by themselves. All side by side, each period some seconds.
"""

import os
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e")]
import harness  # noqa: E402
from deploy_harness import ROLLED_BACK, WithDeploys  # noqa: E402

FORTH = ("preparing", "starting", "readying", "dual", "diffing", "cutting", "taking-over",
         "validating", "verifying")
BACK = ("restoring", "withdrawing", "returning", "checking")
KILLED = -9


class Deploys(WithDeploys, harness.WithExchange):
    symbols = "BTCUSDT,ETHUSDT"

    def setUp(self):
        super().setUp()
        self.ledger = self.folder / "ledger.csv"
        self.exchange = self.start(
            "sim", "sim", "--symbols", self.symbols, "--rate", 1000, "--seed", 1, "--port", 0,
            "--rest-port", 0, "--admin-port", 0, "--tls-dir", self.folder / "tls", "--ledger",
            self.ledger)
        self.wait_exchange()

    def test_good_and_broken_versions(self):
        blue = self.config("blue")
        self.start_blue(blue)
        broken = {
            "lossy": self.begin_lossy(blue),
            "leaky": self.start_deploy(
                "leaky", blue,
                self.config("leaky", top={"allow_drills": True},
                            memory={"sample_interval_seconds": 0.3,
                                    "inject_leak_mb_per_hour": 144}),  # 4 MB a second
                "--memory-growth-max-mb", 12, dual="20s"),
            "unreachable": self.start_deploy(
                "unreachable", blue,
                self.config("unreachable", binance={"stream_url": "wss://127.0.0.1:1"}),
                ready="8s"),
        }
        self.good_though_killed()
        for name, why in (("leaky", "its memory has grown"), ("unreachable", "green was not ready"),
                          ("lossy", "blue and green differ")):
            code = broken[name].wait()
            self.assertEqual(code, ROLLED_BACK, harness.tail(broken[name]))
            self.assert_rolled_back(name, why)
        self.assert_whole("blue")

    def begin_lossy(self, blue):
        """Frames are lost while both record; it loses what waited behind them."""
        deploy = self.start_deploy("lossy", blue, self.config("lossy"),
                                   program=os.environ["TEST_LOSSY_BINARY"])
        self.wait_for(lambda: self.in_dual_operation("lossy"), "dual operation", alive=(deploy,))
        self.exchange_does("lose frames=100")
        return deploy

    def good_though_killed(self):
        old, new = self.config("old"), self.config("new")
        process = self.start_blue(old)
        for number, point in enumerate(points(FORTH)):
            flags = ("--allow-drills", "--drill-kill", point)
            tool = (self.start_deploy("good", old, new, *flags) if number == 0 else
                    self.go_on("resume", *flags))
            self.assertEqual(tool.wait(), KILLED, f"{point}:\n{harness.tail(tool)}")
        tool = self.go_on("resume")
        self.assertEqual(tool.wait(), 0, harness.tail(tool))
        self.assertEqual(process.wait(), 0, "blue has stopped cleanly")
        report = self.report("good")
        self.assertTrue(report["deployed"], report["verdict"])
        self.assertEqual({proof["missing"] for proof in report["progress"]["whole"]}, {0})
        print(f"good: green had everything after {report['cutover_s']:.1f} s", flush=True)
        self.assert_whole("old", "new")
        # And back, killed again wherever one can be.
        for number, point in enumerate(points(BACK)):
            tool = self.go_on("resume" if number else "rollback", "--allow-drills", "--drill-kill",
                              point)
            self.assertEqual(tool.wait(), KILLED, f"{point}:\n{harness.tail(tool)}")
        tool = self.go_on("resume")
        self.assertEqual(tool.wait(), ROLLED_BACK, harness.tail(tool))
        self.assert_rolled_back("good", "requested by the operator")
        self.assert_whole("old")
        self.assertIn("ROLLED BACK", self.run_k2("status", "deploy", "status", "--out",
                                                 self.folder / "out-good"))

    def go_on(self, word, *flags):
        return self.start("deploy-good", "deploy", word, "--out", self.folder / "out-good", *flags)

    def test_what_is_wrong_is_said_before_anything_is_touched(self):
        blue, green = self.config("blue"), self.config("green")
        tool = self.start_deploy("early", blue, green)
        self.assertEqual(tool.wait(), 1)
        self.assertIn("blue does not run", tool.output())
        self.assertFalse((self.folder / "green").exists())
        same = self.start_deploy("same", blue, blue)
        self.assertEqual(same.wait(), 2)
        self.assertIn("the same data_dir", same.output())
        paper = self.start_deploy("paper", blue, green, "--dry-run")
        self.assertEqual(paper.wait(), 0)
        for word in (*FORTH, *BACK, "4s"):
            self.assertIn(word, paper.output())
        self.assertFalse((self.folder / "out-paper").exists())


def points(states):
    return [f"{moment}:{state}" for state in states for moment in ("before", "after")]


if __name__ == "__main__":
    unittest.main()
