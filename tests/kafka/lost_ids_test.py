#!/usr/bin/env python3
"""Trades that the topic lacks and that no journal holds are fetched from the exchange again: those
between the topic and a new journal that began without a broker, and those of a damaged block.
"""

import contextlib
import sqlite3
import unittest

import campaign
import group_harness
from group_harness import SYMBOLS


class LostIds(group_harness.WithGroup):
    def start_first(self):
        first = self.start_member("first")
        # Only ids behind a trade that the topic has are found to be missing.
        self.wait_for(lambda: len(self.ids_in_topic()) == len(SYMBOLS), "each symbol's first trade",
                      alive=(first,))
        return first

    def wait_stored(self, count, process):
        self.wait_for(lambda: self.stored() >= count, f"{count} records", alive=(process,))

    def assert_whole(self, process):
        self.wait_for(lambda: process.events("kafka.ids_lost"), "the lost ids", alive=(process,))
        self.wait_all_delivered(process)
        self.stop(process, seconds=30)
        found = campaign.check_topic(self)
        wrong = (found.missing, found.doubled, found.disordered, found.altered, found.foreign)
        self.assertEqual(wrong, (0, 0, 0, 0, 0), found)
        self.assertGreater(found.late, 0)

    def test_a_new_journal_without_a_broker_continues_what_the_topic_holds(self):
        first = self.start_first()
        self.broker.kill()
        first.kill()  # and its data directory is lost
        second = self.start_member("second")
        self.wait_stored(500, second)
        self.assertTrue(second.events("kafka.unavailable"))
        self.start_broker()
        self.wait_broker()
        self.assert_whole(second)
        self.run_k2("verify", "verify", "--data-dir", self.data_dir)

    def test_a_damaged_block_is_fetched_again(self):
        first = self.start_first()
        self.broker.kill()
        self.wait_stored(self.stored() + 1_000, first)
        first.kill()
        with contextlib.closing(sqlite3.connect(self.data_dir / "journal.db")) as journal:
            journal.execute("UPDATE blocks SET checksum = checksum + 1 WHERE first_sequence = "
                            "(SELECT first_sequence FROM blocks ORDER BY first_sequence DESC "
                            "LIMIT 1 OFFSET 20)")
            journal.commit()
        self.start_broker()
        self.wait_broker()
        again = self.start_member("first")
        self.wait_for(lambda: again.events("kafka.block_lost"), "the damaged block",
                      alive=(again,))
        self.assert_whole(again)


if __name__ == "__main__":
    unittest.main()
