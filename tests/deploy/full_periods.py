#!/usr/bin/env python3
"""One deploy with the periods of production, 10 minutes of dual operation and 15 of validation, at
1,000 trades a second into a real broker; at its end every trade since blue's first must be in the
topic once and in order. Prints the report.

    TEST_K2_BINARY=build/release/k2 tests/deploy/full_periods.py
"""

import unittest

import kafka_test
from kafka_test import SYMBOLS, harness

PRODUCTION = {"dual": "10m", "validate": "15m", "look": "5s", "grace": "30s", "ready": "2m",
              "stop": "1m", "takeover": "1m", "settle": "5s"}


class FullPeriods(kafka_test.WithBroker):
    def test_a_good_version(self):
        blue = self.config("blue")
        process = self.start_blue(blue)
        self.wait_shared(process)
        self.wait_for(lambda: len(self.ids_in_topic()) == len(SYMBOLS), "each symbol's first trade",
                      alive=(process,))
        deploy = self.start_deploy("full", blue, self.config("green"), **PRODUCTION)
        self.assertEqual(deploy.wait(3600), 0, harness.tail(deploy))
        self.wait_all_delivered(self.exchange)
        self.assert_topic_whole()
        print((self.folder / "out-full" / "report.md").read_text(encoding="utf-8"), flush=True)
        print(f"{len(self.published())} trades published, each in the topic once, in order")


if __name__ == "__main__":
    unittest.main()
