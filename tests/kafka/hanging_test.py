"""Transactions that a broker left hanging: it counts them as over, and partitions have no marker.
Brokers of Kafka 4.1 to 4.3.1 do so when they die just after a commit (KAFKA-20734); here the
markers are cut out of the killed broker's files. k2 must end such transactions by itself and
deliver anew what they held. Where only some partitions lack a marker, the positions and the trades
contradict each other once k2 has ended the transaction: it must neither lack nor double a trade.
"""

import struct
import unittest

import kafka_harness
from kafka_harness import harness

# Of a batch: where it begins, how long the rest is, and its attributes.
# Source: the Kafka protocol, record batch, magic 2.
HEADER = struct.Struct(">qiibIh")
LENGTH_COUNTS_FROM = 12
TRANSACTIONAL, CONTROL = 1 << 4, 1 << 5


def cut_last_marker(path):
    """Cuts a partition's file before the last marker of a transaction; False without one."""
    content = path.read_bytes()
    at, marker = 0, None
    while at + HEADER.size <= len(content):
        _, length, _, _, _, attributes = HEADER.unpack_from(content, at)
        if length <= 0:
            break
        if attributes & TRANSACTIONAL and attributes & CONTROL:
            marker = at
        at += LENGTH_COUNTS_FROM + length
    if marker is None:
        return False
    path.write_bytes(content[:marker])
    return True


class Hanging(kafka_harness.WithKafka):
    def cut_markers(self, *topics):
        """Returns the number of partitions in which the last transaction hangs now."""
        data = self.folder / "broker" / "data"
        files = (path for topic in topics for path in data.glob(topic + "/*.log"))
        return sum(map(cut_last_marker, files))

    def test_what_a_broker_left_hanging_is_ended_and_delivered_anew(self):
        self.start_kafka()
        self.start_exchange(speed="30")
        stream = self.start_stream()
        self.wait_for(lambda: self.stored() >= 5_000, "the first trades",
                      alive=(stream, self.exchange))
        self.stop(stream, seconds=30)
        before = self.delivered()
        self.broker.kill()
        # Trades and positions of a partition at least, and what the group knows.
        cut = self.cut_markers(f"{kafka_harness.TOPIC}*", "__consumer_offsets-*")
        self.assertGreaterEqual(cut, 3)
        self.start_broker()
        self.wait_broker()
        # A broker that answers may not have all its partitions yet, which counts as nothing.
        readable = self.wait_for(self.delivered, "the topic to be readable", alive=(self.broker,))
        self.assertLess(readable, before)

        stream = self.start_stream(name="second")
        self.wait_for(lambda: stream.events("kafka.hanging"), "the sweep", alive=(stream,))
        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade stored",
                      alive=(stream,))
        self.wait_for(lambda: self.delivered() >= harness.TRADE_COUNT, "every trade delivered",
                      alive=(stream,))
        self.stop(stream, seconds=30)
        self.assertEqual(len(stream.events("kafka.hanging")), 1)
        self.assert_topic_whole()
        self.assert_whole()

    def assert_topic_once(self):
        """Each published trade is in the topic once, in order but for those that are LATE."""
        expected = {(symbol, int(number)) for symbol, number, *_ in self.published()}
        found, newest, late = set(), {}, 0
        for record in self.records():
            symbol, number = record["symbol"], record["source_sequence"]
            self.assertNotIn((symbol, number), found, "doubled")
            found.add((symbol, number))
            is_late = "LATE" in (record["trade_conditions"] or ())
            late += is_late
            if number < newest.get(symbol, -1):
                self.assertTrue(is_late, f"{symbol} {number} comes behind {newest[symbol]}")
            newest[symbol] = max(number, newest.get(symbol, -1))
        self.assertEqual(sorted(expected - found)[:10], [], "missing")
        return late

    def run_over_markers_that_are_missing_in(self, topic):
        """Returns the second process, which has delivered everything."""
        self.start_kafka()
        self.start_exchange(speed="30")
        stream = self.start_stream()
        self.wait_for(lambda: self.stored() >= 5_000, "the first trades",
                      alive=(stream, self.exchange))
        self.stop(stream, seconds=30)
        self.broker.kill()
        self.assertGreaterEqual(self.cut_markers(topic), 1)
        self.start_broker()
        self.wait_broker()
        stream = self.start_stream(name="second")
        self.wait_for(lambda: stream.events("kafka.hanging"), "the sweep", alive=(stream,))
        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade stored",
                      alive=(stream,))
        self.wait_for(lambda: self.delivered() >= harness.TRADE_COUNT, "every trade delivered",
                      alive=(stream,))
        self.stop(stream, seconds=30)
        return stream

    def test_trades_that_positions_claim_and_that_were_aborted_come_late(self):
        stream = self.run_over_markers_that_are_missing_in(f"{kafka_harness.TOPIC}-[0-9]*")
        late = self.assert_topic_once()
        corrected = stream.events("kafka.positions_corrected")
        self.assertGreater(late, 0)
        self.assertEqual(sum(event["reopened_trades"] for event in corrected), late)

    def test_trades_whose_positions_were_aborted_are_not_doubled(self):
        stream = self.run_over_markers_that_are_missing_in(
            f"{kafka_harness.TOPIC}.positions-[0-9]*")
        self.assertEqual(self.assert_topic_once(), 0)
        self.assertTrue(stream.events("kafka.positions_corrected"))

    def test_one_of_an_unknown_producer_is_reported_and_waited_for(self):
        self.start_kafka()
        self.start_exchange(speed="30")
        stream = self.start_stream()
        self.wait_for(self.delivered, "the first trades", alive=(stream,))
        self.stop(stream, seconds=30)
        # To K2 a transaction that stays open for longer than any of its own looks like one.
        stranger = kafka_harness.confluent_kafka.Producer({
            "bootstrap.servers": self.servers, "transactional.id": "stranger",
            "transaction.timeout.ms": 600_000})
        stranger.init_transactions(30)
        stranger.begin_transaction()
        stranger.produce(kafka_harness.TOPIC, b"x", b"x", 0)
        self.assertEqual(stranger.flush(30), 0)
        stream = self.start_stream(name="second")
        self.wait_for(lambda: stream.events("kafka.hanging_unknown"), "the report",
                      alive=(stream,))
        self.assertEqual(len(stream.events("kafka.hanging")), 2)
        stranger.abort_transaction(30)
        self.wait_published(stream)
        self.wait_for(lambda: self.delivered() >= harness.TRADE_COUNT, "every trade delivered",
                      alive=(stream,))
        self.stop(stream, seconds=30)
        self.assert_topic_whole()


if __name__ == "__main__":
    unittest.main()
