"""The live reader against a real broker: what is committed, aborted and open, doubled trades, and a
position that is ahead of its records.
"""

import json
import unittest

import kafka_harness
from kafka_harness import PARTITIONS, TOPIC, confluent_kafka
from live_reader import LiveReader
from live_reader_test import trade_value

from confluent_kafka import admin  # kafka_harness has entered the environment that has it

SYMBOL = "BTCUSDT"


class WithReader(kafka_harness.WithKafka):
    def setUp(self):
        super().setUp()
        self.start_broker()
        self.wait_broker()
        topics = [admin.NewTopic(name, PARTITIONS, 1) for name in (TOPIC, f"{TOPIC}.positions")]
        client = admin.AdminClient({"bootstrap.servers": self.servers})
        for done in client.create_topics(topics).values():
            done.result(30)
        self.producer = confluent_kafka.Producer({
            "bootstrap.servers": self.servers, "transactional.id": "one", "log_level": 0})
        self.producer.init_transactions(30)
        self.reader = LiveReader(self.servers)
        self.addCleanup(self.reader.stop)
        self.reader.start()

    def trades(self, *numbers):
        for number in numbers:
            self.producer.produce(TOPIC, trade_value(SYMBOL, number), SYMBOL, partition=0)

    def position(self, last):
        value = json.dumps({"last_id": last, "journal": "one", "sequence": 1})
        self.producer.produce(f"{TOPIC}.positions", value, SYMBOL, partition=0)

    def transaction(self, *numbers, position, commit=True):
        self.producer.begin_transaction()
        self.trades(*numbers)
        self.position(position)
        self.producer.flush(10)
        if commit:
            self.producer.commit_transaction(30)

    def wait_seen(self, last, position):
        self.wait_for(lambda: self.reader.last_ids().get(SYMBOL) == last, f"trade {last}",
                      alive=(self.broker,))
        self.wait_for(lambda: self.reader.last_position(SYMBOL) == position,
                      f"position {position}", alive=(self.broker,))
        self.wait_for(self.reader.judged, "each position to be judged", alive=(self.broker,))

    def test_it_sees_what_is_committed_and_checks_it(self):
        self.transaction(1, 2, position=2)
        self.transaction(3, 4, position=4, commit=False)
        self.producer.abort_transaction(30)
        self.transaction(3, 4, 5, position=5)
        self.wait_seen(last=5, position=5)
        self.assertEqual(self.reader.violations(), "")
        self.assertEqual(self.reader.trades(), 5)
        self.assertEqual(self.reader.partition_of(SYMBOL), 0)
        self.assertEqual(self.reader.journal_of(SYMBOL), "one")

        self.transaction(4, 5, 6, position=6)
        self.wait_seen(last=6, position=6)
        self.assertTrue(self.reader.violations().startswith("doubled: 2\n"))

        # Nothing else comes, so that the position can be judged at the end of the partition alone.
        self.transaction(7, position=9)
        self.wait_seen(last=7, position=9)
        found = self.reader.violations()
        self.assertTrue(found.startswith("doubled: 2, position ahead: 1\n"), found)
        self.assertIn("id 8 is not visible, newest id 7", found)

    def test_a_position_waits_for_records_that_become_visible_after_it(self):
        """The records' partition is held up by another open transaction, the position's is not."""
        self.transaction(1, position=1)
        self.wait_seen(last=1, position=1)
        other = confluent_kafka.Producer({
            "bootstrap.servers": self.servers, "transactional.id": "two", "log_level": 0})
        other.init_transactions(30)
        other.begin_transaction()
        other.produce(TOPIC, trade_value("ETHUSDT", 1), "ETHUSDT", partition=0)
        other.flush(10)
        self.transaction(2, position=2)
        self.wait_for(lambda: self.reader.last_position(SYMBOL) == 2, "position 2",
                      alive=(self.broker,))
        self.assertEqual(self.reader.last_ids(), {SYMBOL: 1})
        self.assertFalse(self.reader.judged())
        other.commit_transaction(30)
        self.wait_seen(last=2, position=2)
        self.assertEqual(self.reader.violations(), "")


if __name__ == "__main__":
    unittest.main()
