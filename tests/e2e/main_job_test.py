"""The main job under faults: the store ends equal to the ledger in spite of them."""

import signal
import unittest

import harness

ALL = harness.TRADE_COUNT


class MainJob(harness.WithExchange):
    def run_with(self, *faults, flags=()):
        """Records the whole recording while these faults happen; returns the stream, stopped."""
        self.start_exchange(*(part for fault in faults for part in ("--fault", fault)))
        stream = self.start_stream(*flags)
        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= ALL, "every trade stored", alive=(stream,))
        self.stop(stream)
        self.assert_whole()
        return stream

    def summary(self, stream):
        """The fields of the stream's last words."""
        line = next(line for line in reversed(stream.output().splitlines())
                    if '"stream.stopped"' in line)
        return harness.json.loads(line)

    def test_without_faults_nothing_needs_repair(self):
        summary = self.summary(self.run_with())
        self.assertEqual((summary["accepted"], summary["backfilled"]), (ALL, 0))
        self.assertEqual(summary["lines_lost"], 0)

    def test_two_drops_and_a_burst_of_lost_frames(self):
        summary = self.summary(self.run_with(
            "drop at-trade=9000 how=rst", "lose at-trade=17000 frames=400",
            "drop at-trade=26000 how=fin", flags=("--audit", "false")))
        self.assertEqual((summary["accepted"], summary["lines_lost"]), (ALL, 2))
        self.assertGreaterEqual(summary["backfilled"], 400)
        self.assertEqual(summary["gaps_declared"], 0)

    def test_repeated_and_swapped_frames(self):
        summary = self.summary(self.run_with(
            "duplicate probability=0.05", "reorder probability=0.05"))
        self.assertEqual(summary["accepted"], ALL)
        self.assertGreater(summary["duplicates"], 1000)
        self.assertEqual(summary["lines_lost"], 0)

    def test_frames_lost_here_and_there(self):
        summary = self.summary(self.run_with("lose probability=0.01"))
        self.assertGreater(summary["backfilled"], 200)

    def test_the_very_last_frames_lost(self):
        self.run_with(f"lose at-trade={ALL - 50} frames=200")

    def test_rest_down_while_frames_are_lost(self):
        summary = self.summary(self.run_with(
            "rest-down at-trade=5000 for=3s status=503", "lose at-trade=6000 frames=300",
            "drop at-trade=20000 how=rst"))
        self.assertEqual((summary["accepted"], summary["gaps_declared"]), (ALL, 0))

    def test_a_gap_declared_while_rest_is_down_is_repaired_late(self):
        summary = self.summary(self.run_with(
            "rest-down at-trade=5000 for=4s", "lose at-trade=6000 frames=20",
            flags=("--gap-patience-seconds", "1")))
        self.assertGreater(summary["gaps_declared"], 0)
        self.assertEqual(summary["late"], self.late_trades())
        states = {state for (state,) in self.journal("SELECT DISTINCT state FROM gaps")}
        self.assertEqual(states, {1}, "every declared gap is repaired in the end")

    def late_trades(self):
        rows = self.exported()
        return sum("LATE" in row["trade_conditions"] for row in rows)

    def test_sigterm_in_the_middle_drains_and_the_next_run_goes_on(self):
        self.start_exchange(speed="60")
        stream = self.start_stream()
        self.wait_for(lambda: self.stored() > 3000, "a good part stored", alive=(stream,))
        self.stop(stream)
        accepted = self.summary(stream)["accepted"]
        self.assertEqual(self.stored(), accepted, "SIGTERM loses nothing that was accepted")
        stream = self.start_stream(name="again")
        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= ALL, "every trade stored", alive=(stream,))
        self.stop(stream)
        self.assert_whole()

    def test_sigterm_while_it_starts_is_a_stop_in_peace_as_well(self):
        self.start_exchange("--fault", "rest-down status=503")
        stream = self.start_stream()
        self.wait_for(self.data_dir.exists, "the journal's folder", alive=(stream,))
        self.stop(stream)

    def test_ctrl_c_is_as_good_as_sigterm(self):
        self.start_exchange(speed="60")
        stream = self.start_stream()
        self.wait_for(lambda: self.stored() > 100, "a beginning", alive=(stream,))
        stream.signal(signal.SIGINT)
        self.assertEqual(stream.wait(10), 0)

    def test_a_second_stream_on_the_same_journal_is_refused(self):
        self.start_exchange(speed="10")
        stream = self.start_stream()
        self.wait_for(lambda: self.stored() > 10, "a beginning", alive=(stream,))
        second = self.start_stream(name="second")
        self.assertEqual(second.wait(30), 1)
        self.assertIn("busy", second.output())
        self.stop(stream)

    def test_an_unknown_authority_is_refused_and_said(self):
        self.start_exchange()
        self.place["ca"] = ""
        stream = self.start_stream()
        self.wait_for(lambda: '"error":"tls_certificate' in stream.output(), "the refusal",
                      alive=(stream,))
        self.assertEqual(self.stored(), 0)
        self.stop(stream)


if __name__ == "__main__":
    unittest.main()
