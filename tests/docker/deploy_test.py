"""`k2 deploy --runtime compose` in real containers at 1,000 trades a second: a second version is
deployed, by way of a shadow topic, though the tool is killed in every state; one that leaks, one
that cannot connect and one that loses trades go back by themselves, the first though the tool is
killed again; and a reader that shares no code with K2 finds every trade once and in order.
"""

import json
import os
import subprocess
import unittest

import compose_test
from compose_test import SYMBOLS, engine, kafka_harness
from kafka_harness import harness

NEXT = "0.2.0"
BROKEN = {
    # 4 MB a second.
    "leaky": "K2_ALLOW_DRILLS=true K2_MEMORY_SAMPLE_INTERVAL_SECONDS=0.3 "
             "K2_MEMORY_INJECT_LEAK_MB_PER_HOUR=144",
    "unreachable": "K2_BINANCE_PROXY_URL=http://127.0.0.1:1",
}
FORTH = ("preparing", "starting", "readying", "dual", "diffing", "promoting", "joining", "cutting",
         "taking-over", "validating", "verifying")
BACK = ("restoring", "withdrawing", "returning", "checking")
KILLED, ROLLED_BACK = -9, 3
PERIODS = ("--dual=6s", "--validate=6s", "--look=1s", "--grace=20s", "--settle=3s", "--stop=60s")


class Deploys(compose_test.InContainers):
    versions = [compose_test.VERSION, NEXT]

    def setUp(self):
        super().setUp()
        # The market does not wait for streams: the time of its trades is this machine's.
        self.compose.settings["K2_SIM_FLAGS"] = ""

    def published(self):
        """Returns the ledger from each tape's first trade on."""
        return [row for row in super().published() if int(row[1]) >= self.first_ids[row[0]]]

    def build_more(self):
        for name, variables in BROKEN.items():
            folder = self.folder / name
            folder.mkdir()
            (folder / "Dockerfile").write_text(f"FROM k2:{NEXT}\nENV {variables}\n")
            self.engine.docker("build", "--tag", f"k2:{name}", folder)
        folder = self.folder / "lossy"
        folder.mkdir()
        subprocess.run(["llvm-strip-19", "-o", folder / "k2", os.environ["TEST_LOSSY_BINARY"]],
                       check=True)
        (folder / "Dockerfile").write_text(f"FROM k2:{NEXT}\nCOPY k2 /usr/local/bin/k2\n")
        self.engine.docker("build", "--tag", "k2:lossy", folder)

    def start_tool(self, *flags):
        return self.start("deploy", "deploy", *flags, "--out", self.folder / "out",
                          environment={**self.engine.environment, **self.compose.settings})

    def start_deploy(self, image, *flags):
        return self.start_tool("--runtime", "compose", "--green-image", image, "--compose-flags",
                               " ".join(map(str, self.compose.flags)), *PERIODS, *flags)

    def report(self):
        return json.loads((self.folder / "out" / "report.json").read_text(encoding="utf-8"))

    def forget(self, container):
        """Removes the container as documented, before the next deployment."""
        self.engine.docker("rm", "--volumes", container)

    def in_dual_operation(self):
        path = self.folder / "out" / "progress.json"
        progress = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return progress.get("state") == "dual" and progress["watched"]["probes"] >= 3

    def killed_in(self, states, start):
        """Kills the tool after the work of each state, and continues with the rest."""
        for state in states:
            tool = start("--allow-drills", "--drill-kill", f"after:{state}")
            self.assertEqual(tool.wait(), KILLED, f"{state}:\n{harness.tail(tool)}")
            start = self.resume
        return self.resume()

    def resume(self, *flags):
        return self.start_tool("resume", *flags)

    def deploy_though_killed(self):
        tool = self.killed_in(FORTH, lambda *drill: self.start_deploy(
            f"k2:{NEXT}", "--ready=90s", "--shadow", *drill))
        self.assertEqual(tool.wait(), 0, harness.tail(tool))
        print(f"deployed: green had everything after {self.report()['cutover_s']:.1f} s")

    def check_rolled_back(self, tool, why, blue):
        self.assertEqual(tool.wait(), ROLLED_BACK, harness.tail(tool))
        report = self.report()
        self.assertIn(why, report["verdict"])
        self.assertLess(report["rollback_s"], 120)
        print(f"back after {report['rollback_s']:.1f} s: {report['verdict']}")
        self.assertTrue(self.state(blue)["Running"])
        for container in self.compose.containers("binance-stream"):
            if container != blue:
                self.forget(container)

    def test_versions_change_without_losing_a_trade(self):
        self.compose("up", "-d", "kafka", "schema-registry", "exchange", "binance-stream")
        self.wait_healthy("binance-stream")
        self.wait_for(lambda: len(self.ids_in_topic()) == len(SYMBOLS), "each symbol's first trade")
        self.first_ids = {symbol: ids[0] for symbol, ids in self.ids_in_topic().items()}
        first, = self.compose.containers("binance-stream")
        self.deploy_though_killed()
        self.assertEqual(self.state(first)["ExitCode"], 0)
        self.forget(first)
        second, = self.compose.containers("binance-stream")
        leaky = self.killed_in(BACK, lambda *drill: self.start_deploy(
            "k2:leaky", "--memory-growth-max-mb=12", "--ready=90s", *drill))
        self.check_rolled_back(leaky, "has grown", second)
        unreachable = self.start_deploy("k2:unreachable", "--ready=15s")
        self.check_rolled_back(unreachable, "green was not ready", second)
        lossy = self.start_deploy("k2:lossy", "--ready=90s", "--shadow")
        self.wait_for(self.in_dual_operation, "dual operation", alive=(lossy,))
        self.exchange_does("lose frames=100")
        self.check_rolled_back(lossy, "blue and green differ", second)
        self.assert_all_delivered()


if __name__ == "__main__":
    unittest.main()
