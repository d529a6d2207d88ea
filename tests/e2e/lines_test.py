"""Connections to the exchange simulator: rotation that loses nothing and needs no repair."""

import json
import unittest

import harness

ALL = harness.TRADE_COUNT
# A line is rotated each 7 s; the exchange would allow a day.
ROTATE_SOON = ("--allow-drills", "--connection-max-lifetime-hours", "0.002")


class Lines(harness.WithExchange):
    def rotated(self, *faults, flags=()):
        """Records the recording in some twenty seconds with rotations; the stream's last words."""
        self.start_exchange(*(part for fault in faults for part in ("--fault", fault)), speed="30")
        stream = self.start_stream(*ROTATE_SOON, "--ping-interval-seconds", "1", *flags)
        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= ALL, "every trade stored", alive=(stream,))
        self.stop(stream)
        self.assert_whole()
        line = next(line for line in stream.output().splitlines() if '"stream.stopped"' in line)
        return json.loads(line)

    def test_rotation_makes_before_it_breaks(self):
        summary = self.rotated()
        self.assertGreaterEqual(summary["lines_rotated"], 2)
        self.assertEqual((summary["lines_lost"], summary["backfilled"]), (0, 0))
        self.assertGreater(summary["duplicates"], 1000, "both lines delivered for a while")
        # Eleven minutes of two symbols; the first and the last are cut off.
        self.assertGreaterEqual(summary["minutes_complete"], 10)
        self.assertEqual(summary["minutes_incomplete"], 0)

    def test_rotation_among_drops_ends_whole(self):
        summary = self.rotated("drop every=4s how=rst")
        self.assertGreaterEqual(summary["lines_lost"], 2)

    def test_of_two_lines_one_may_break_and_nothing_needs_repair(self):
        summary = self.rotated("drop every=3s how=rst on=one", flags=("--lines", "2"))
        self.assertGreaterEqual(summary["lines_lost"], 2)
        self.assertGreater(summary["duplicates"], ALL * 3 // 4, "both lines deliver for good")
        self.assertLess(summary["backfilled"], ALL // 100, "the other line had the trades")


if __name__ == "__main__":
    unittest.main()
