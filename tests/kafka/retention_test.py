"""A journal with a limit: what Kafka has is deleted, what it has not is kept; while Kafka is away
and the journal full, nothing is stored, and afterwards nothing is missing.
"""

import pathlib
import unittest

import kafka_harness
from kafka_harness import harness

UNKNOWN = 3  # the exit code of k2 verify when something could not be checked
LIMIT = 1_000_000  # one commit may go past it; the whole recording is five times as much


class Retention(kafka_harness.WithKafka):
    def rss(self, process):
        """Units: MiB."""
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) // 1024

    def test_an_outage_longer_than_the_journal_loses_nothing(self):
        self.start_kafka()
        self.start_exchange(speed="30")
        stream = self.start_stream("--journal-max-bytes", LIMIT)
        self.wait_for(lambda: stream.events("kafka.connected"), "the follower", alive=(stream,))
        # Immediately: the trades to come must not fit into the journal.
        self.broker.kill()
        before = self.rss(stream)
        full = self.wait_for(lambda: stream.events("journal.failing"), "a full journal",
                             alive=(stream,))
        self.assertIn("journal.max_bytes", full[0]["error"])
        self.wait_published(stream)
        size = (self.data_dir / "journal.db").stat().st_size
        self.assertLess(size, 3 * LIMIT)
        self.assertLess(self.rss(stream), before + 32)
        self.assertTrue(stream.events("tape.paused"))

        self.start_broker()
        self.wait_broker()
        self.wait_for(lambda: self.delivered() >= harness.TRADE_COUNT, "every trade delivered",
                      alive=(stream,))
        self.stop(stream, seconds=30)
        self.assertTrue(stream.events("journal.recovered"))
        self.assertTrue(stream.events("journal.retired"))
        self.assertEqual(stream.events("gap.declared"), [])
        self.assert_topic_whole()
        # The journal is short now, and known to be: neither alone nor against the ledger is its
        # beginning missing.
        self.assertGreater(self.journal("SELECT min(first_sequence) FROM blocks")[0][0], 1)
        self.assertLess((self.data_dir / "journal.db").stat().st_size, 3 * LIMIT)
        self.run_k2("alone", "verify", "--data-dir", self.data_dir)
        # Which blocks are left depends on the order in which REST answered. Of a symbol without one
        # the ledger proves nothing.
        gone = self.journal("SELECT symbol FROM retired JOIN positions USING (symbol) "
                            "WHERE retired.last_id >= positions.last_id")
        output = self.run_k2("verify", "verify", "--data-dir", self.data_dir, "--ledger",
                             self.ledger, code=UNKNOWN if gone else 0)
        self.assertIn("were deleted at journal.max_bytes", output)


if __name__ == "__main__":
    unittest.main()
