"""What somebody else does to a topic while K2 delivers into it: visible, never silent, and mended
by a human's decision where one is needed.
"""

import unittest

import kafka_harness
from kafka_harness import harness

from confluent_kafka import admin  # kafka_harness has entered the environment that has it


class TopicChanges(kafka_harness.WithKafka):
    shares_kafka = True
    # A broker that makes topics by itself would hide that they are gone.
    broker_extra = "auto.create.topics.enable=false\n"

    def setUp(self):
        super().setUp()
        self.start_kafka()
        self.positions = f"{self.topic}.positions"
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
        resource = admin.ConfigResource(admin.ResourceType.TOPIC, self.topic, incremental_configs=[
            admin.ConfigEntry("max.message.bytes", str(size),
                              incremental_operation=admin.AlterConfigOpType.SET)])
        self.broker_admin.incremental_alter_configs([resource])[resource].result(10)

    def failing(self, stream, words):
        def said():
            return any(words in event["why"] for event in stream.events("kafka.failing"))
        self.wait_for(said, f"a failure: {words}", alive=(stream,))

    def wait_whole(self, stream):
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade stored",
                      alive=(stream,))
        self.wait_for(lambda: self.delivered() >= harness.TRADE_COUNT, "every trade delivered",
                      alive=(stream,))
        self.stop(stream, seconds=30)
        self.assert_topic_whole()

    def test_a_topic_that_takes_no_large_messages_stops_delivery_until_it_does(self):
        self.create(self.topic, **{"max.message.bytes": "500"})
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
        self.delete(self.positions)
        self.failing(stream, f"the topic {self.positions} is gone")
        self.wait_published(stream)
        # The remedy that it names: both away, and all comes again.
        self.delete(self.topic)
        self.wait_whole(stream)

    def test_a_deleted_topic_of_trades_is_not_made_anew_behind_its_positions(self):
        self.start_exchange(speed="60")
        stream = self.start_stream()
        self.wait_for(lambda: stream.events("kafka.connected"), "the follower", alive=(stream,))
        self.wait_for(self.delivered, "the first trades", alive=(stream,))
        self.delete(self.topic)
        self.failing(stream, f"the topic {self.topic} is gone")
        self.wait_published(stream)
        self.delete(self.positions)
        self.wait_whole(stream)

    def test_added_partitions_move_no_symbol_and_are_refused_by_the_next_start(self):
        self.start_exchange(speed="60")
        stream = self.start_stream()
        self.wait_for(lambda: stream.events("kafka.connected"), "the follower", alive=(stream,))
        self.wait_for(self.delivered, "the first trades", alive=(stream,))
        more = kafka_harness.PARTITIONS + 3
        partitions = admin.NewPartitions(self.topic, more)
        self.broker_admin.create_partitions([partitions])[self.topic].result(10)
        self.wait_published(stream)
        self.wait_whole(stream)
        used = {}
        for message in self.messages():
            used.setdefault(message.key(), set()).add(message.partition())
        self.assertEqual({len(partitions) for partitions in used.values()}, {1})
        again = self.start_stream(name="again")
        self.assertEqual(again.wait(60), 2, harness.tail(again))
        self.assertIn(f"has {more} partitions", again.events("kafka.refused")[-1]["why"])


if __name__ == "__main__":
    unittest.main()
