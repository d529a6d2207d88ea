"""`k2 deploy` with a real broker at 1,000 trades a second: two processes in one consumer group, and
a reader that shares no code with K2. A good version is deployed; one that loses trades delivers
into a shadow topic only, and goes back with the real topic whole.
"""

import os
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "kafka"), str(ROOT / "tests" / "e2e")]
import group_harness  # noqa: E402
from deploy_harness import ROLLED_BACK, WithDeploys  # noqa: E402
from group_harness import SYMBOLS  # noqa: E402
from kafka_harness import harness  # noqa: E402


class WithBroker(WithDeploys, group_harness.WithGroup):
    rate = 1000

    def config(self, name, **tables):
        kafka = {"bootstrap_servers": self.servers, "partitions": self.partitions,
                 "schema_registry_url": self.registry, "standby": "warm",
                 "librdkafka": "session.timeout.ms=6000"}
        return super().config(name, top={"sink": "kafka", **tables.pop("top", {})}, kafka=kafka,
                              **tables)


class Deploys(WithBroker):
    def test_a_good_version_and_one_that_loses_trades(self):
        blue = self.config("blue")
        process = self.start_blue(blue)
        self.wait_shared(process)
        # A tape that the topic does not know begins with its first live trade.
        self.wait_for(lambda: len(self.ids_in_topic()) == len(SYMBOLS), "each symbol's first trade",
                      alive=(process,))
        good = self.start_deploy("good", blue, self.config("green"))
        self.assertEqual(good.wait(), 0, harness.tail(good))
        self.assertEqual(process.wait(), 0, "blue has stopped cleanly")
        report = self.report("good")
        print(f"good: green had everything after {report['cutover_s']:.1f} s, "
              f"{report['progress']['watched']}", flush=True)
        lossy = self.start_deploy("lossy", self.folder / "green.toml", self.config("lossy"),
                                  "--shadow", program=os.environ["TEST_LOSSY_BINARY"])
        self.wait_for(lambda: self.in_dual_operation("lossy"), "dual operation", alive=(lossy,))
        self.exchange_does("lose frames=100")
        self.assertEqual(lossy.wait(), ROLLED_BACK, harness.tail(lossy))
        self.assert_rolled_back("lossy", "blue and green differ")
        self.wait_all_delivered(self.exchange)
        self.assert_topic_whole()


if __name__ == "__main__":
    unittest.main()
