"""Changes of a topic by others while K2 delivers into it: visible, never silent, and corrected
by a human's decision where one is needed.
"""

import re
import sys
import unittest
import urllib.request

import kafka_harness
from kafka_harness import TOPIC, broker, confluent_kafka, harness

from confluent_kafka import admin  # kafka_harness has entered the environment that has it

POSITIONS = f"{TOPIC}.positions"
ALL = (TOPIC, POSITIONS, f"{TOPIC}.gaps", f"{TOPIC}.invalid")
SYMBOLS = ("BTCUSDT", "ETHUSDT")
RATE = 3_000  # trades per second, while partitions are added
# What somebody raises the number of partitions to.
MORE = kafka_harness.PARTITIONS + 2


class TopicChanges(kafka_harness.WithKafka):
    # A broker that makes topics by itself would hide that they are gone.
    broker_extra = "auto.create.topics.enable=false\n"

    def setUp(self):
        super().setUp()
        self.start_kafka()
        self.metrics = f"127.0.0.1:{broker.free_port()}"
        self.broker_admin = admin.AdminClient({"bootstrap.servers": self.servers})

    def create(self, name, **config):
        topic = admin.NewTopic(name, kafka_harness.PARTITIONS, 1, config=config)
        self.broker_admin.create_topics([topic])[name].result(10)

    def delete(self, *names):
        for done in self.broker_admin.delete_topics(list(names)).values():
            done.result(10)
        self.wait_for(lambda: not set(names) & set(self.broker_admin.list_topics(timeout=5).topics),
                      "the deletion")

    def set_size(self, size):
        resource = admin.ConfigResource(admin.ResourceType.TOPIC, TOPIC, incremental_configs=[
            admin.ConfigEntry("max.message.bytes", str(size),
                              incremental_operation=admin.AlterConfigOpType.SET)])
        self.broker_admin.incremental_alter_configs([resource])[resource].result(10)

    def failing(self, stream, words):
        def said():
            return any(words in event["error"] for event in stream.events("kafka.failing"))
        self.wait_for(said, f"a failure: {words}", alive=(stream,))

    def wait_whole(self, stream):
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade stored",
                      alive=(stream,))
        self.wait_for(lambda: self.delivered() >= harness.TRADE_COUNT, "every trade delivered",
                      alive=(stream,))
        self.stop(stream, seconds=30)
        self.assert_topic_whole()

    def test_a_topic_that_takes_no_large_messages_stops_delivery_until_it_does(self):
        self.create(TOPIC, **{"max.message.bytes": "500"})
        self.start_exchange()
        stream = self.start_stream()
        self.failing(stream, "raise max.message.bytes")
        self.wait_published(stream)
        self.set_size(1_048_588)
        self.wait_whole(stream)

    def test_a_topic_that_is_deleted_is_a_human_s_matter(self):
        self.start_exchange(speed="60")
        stream = self.start_stream()
        self.wait_for(lambda: stream.events("kafka.connected"), "the follower", alive=(stream,))
        self.wait_for(self.delivered, "the first trades", alive=(stream,))
        # Without its positions nobody knows what the topic holds: nothing is delivered twice.
        self.delete(POSITIONS)
        self.failing(stream, f"the topic {POSITIONS} is gone")
        self.wait_published(stream)
        # The remedy that it names: both away, and all comes again.
        self.delete(TOPIC)
        self.wait_whole(stream)

    def test_a_deleted_topic_of_trades_is_not_made_anew_behind_its_positions(self):
        self.start_exchange(speed="60")
        stream = self.start_stream()
        self.wait_for(lambda: stream.events("kafka.connected"), "the follower", alive=(stream,))
        self.wait_for(self.delivered, "the first trades", alive=(stream,))
        self.delete(TOPIC)
        self.failing(stream, f"the topic {TOPIC} is gone")
        self.wait_published(stream)
        self.delete(POSITIONS)
        self.wait_whole(stream)

    def add_partitions(self, *names):
        for done in self.broker_admin.create_partitions(
                [admin.NewPartitions(name, MORE) for name in names]).values():
            done.result(10)

    def assert_no_symbol_moved(self):
        used = {}
        for message in self.messages():
            used.setdefault(message.key(), set()).add(message.partition())
        self.assertEqual({len(partitions) for partitions in used.values()}, {1})
        self.assertLess(max(map(max, used.values())), kafka_harness.PARTITIONS)

    def test_added_partitions_are_left_alone_while_it_runs_and_after_a_start(self):
        self.ledger = self.folder / "ledger.csv"
        self.start_exchange_of(SYMBOLS, "--symbols", ",".join(SYMBOLS), "--rate", RATE)
        stream = self.start_stream("--metrics-listen", self.metrics)
        self.wait_for(self.delivered, "the first trades", alive=(stream,))
        for name in ALL:
            self.add_partitions(name)
        # The group assigns them at the next look at the topic; to wait for that would take minutes.
        second_dir, self.data_dir = self.data_dir, self.folder / "other"
        rival = self.start_stream(name="rival")
        ignored = self.wait_for(
            lambda: stream.events("kafka.partitions_ignored") +
            rival.events("kafka.partitions_ignored"), "the surplus", alive=(stream, rival))
        self.assertEqual(ignored[0]["configured"], kafka_harness.PARTITIONS)
        self.wait_for(lambda: self.warned(rival) == set(ALL), "a warning for each topic",
                      alive=(rival,))
        self.stop(rival, seconds=30)
        self.data_dir = second_dir
        self.wait_for(lambda: self.surplus() == MORE - kafka_harness.PARTITIONS,
                      "the surplus in the metrics", alive=(stream,))
        stream.kill()
        again = self.start_stream(name="again")
        self.wait_for(lambda: self.warned(again) == set(ALL), "the warnings again", alive=(again,))
        self.halt_market()
        # A part of it came from the other's journal.
        self.wait_for(lambda: self.delivered() >= self.ledger_lines(), "every trade delivered",
                      alive=(again,))
        self.stop(again, seconds=30)
        self.assert_topic_whole()
        self.assert_no_symbol_moved()

    @staticmethod
    def warned(stream):
        return {event["topic"] for event in stream.events("kafka.partitions_added")}

    def surplus(self):
        with urllib.request.urlopen(f"http://{self.metrics}/metrics", timeout=10) as reply:
            page = reply.read().decode()
        return int(re.search(r"^kafka_surplus_partitions (\d+)$", page, re.MULTILINE).group(1))

    def test_another_number_of_partitions_is_refused_with_the_right_one(self):
        self.start_exchange(speed="20")
        stream = self.start_stream()
        self.wait_for(lambda: stream.events("kafka.connected"), "delivery", alive=(stream,))
        self.wait_for(self.delivered, "the first trades", alive=(stream,))
        self.add_partitions(*ALL)
        # A second process that follows what the topics have now would deliver everything again.
        own_dir, self.data_dir = self.data_dir, self.folder / "other"
        self.partitions = MORE
        rival = self.start_stream(name="rival")
        self.assertEqual(rival.wait(60), 2, harness.tail(rival))
        why = rival.events("kafka.refused")[-1]["error"]
        self.assertIn(f"set kafka.partitions = {kafka_harness.PARTITIONS},", why)
        # So would the first one after a start.
        self.data_dir = own_dir
        self.stop(stream, seconds=30)
        again = self.start_stream(name="again")
        self.assertEqual(again.wait(60), 2, harness.tail(again))
        self.assertEqual(again.events("kafka.refused")[-1]["error"], why)
        # What it names is right.
        self.partitions = kafka_harness.PARTITIONS
        last = self.start_stream(name="last")
        self.wait_published(last)
        self.wait_whole(last)
        self.assert_no_symbol_moved()

    def test_positions_that_are_created_again_deliver_nothing_twice(self):
        self.start_exchange(speed="20")
        stream = self.start_stream()
        self.wait_for(lambda: self.delivered() > 1_000, "the first trades", alive=(stream,))
        stream.kill()
        self.delete(POSITIONS)
        self.create(POSITIONS, **{"cleanup.policy": "compact"})
        again = self.start_stream(name="again")
        self.assertEqual(again.wait(60), 2, harness.tail(again))
        why = again.events("kafka.refused")[-1]["error"]
        self.assertIn(f"the topic {TOPIC} holds trades in partition", why)
        self.assertIn(f"and {POSITIONS} no position there", why)


if __name__ == "__main__":
    # As a campaign: `--repeat 20 TopicChanges.test_added_partitions_are_left_alone_...`.
    repeat = 1
    if "--repeat" in sys.argv:
        at = sys.argv.index("--repeat")
        repeat = int(sys.argv[at + 1])
        del sys.argv[at:at + 2]
    for _ in range(repeat):
        if not unittest.main(exit=False).result.wasSuccessful():
            sys.exit(1)
