"""A start reads all that the positions topic holds, and brokers compact late: its memory must not
grow with it.
"""

import unittest

import kafka_harness
from kafka_harness import TOPIC

import confluent_kafka  # kafka_harness has entered the environment that has it

POSITIONS = f"{TOPIC}.positions"
RECORDS = 300_000
# Between a start with few positions and one with 300,000, which the client library would hold in
# some 170 MB.
GROWTH_MAX_MB = 32


class ManyPositions(kafka_harness.WithKafka):
    def largest_mb(self, stream):
        with open(f"/proc/{stream.pid}/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024

    def start_and_own(self, name):
        stream = self.start_stream(name=name)
        self.wait_for(lambda: stream.events("kafka.owned"), "ownership", alive=(stream,))
        return stream

    def add_positions(self):
        """Adds those of symbols that nobody carries, repeatedly, with the value of a real one."""
        value = next(message.value() for message in self.messages(POSITIONS)
                     if message.value() and not message.key().startswith(b"/"))
        producer = confluent_kafka.Producer({
            "bootstrap.servers": self.servers, "queue.buffering.max.messages": RECORDS,
            "linger.ms": 50, "partitioner": "murmur2_random", "log_level": 0})
        for number in range(RECORDS):
            producer.produce(POSITIONS, value, f"OTHER{number % 100}USDT")
            if number % 1_000 == 0:
                producer.poll(0)
        self.assertEqual(producer.flush(60), 0)
        return RECORDS * len(value) / 1e6

    def test_a_start_takes_no_more_memory_for_them(self):
        self.start_kafka()
        self.start_exchange()
        stream = self.start_and_own("first")
        self.wait_published(stream)
        self.wait_for(lambda: self.delivered() >= kafka_harness.harness.TRADE_COUNT,
                      "every trade delivered", alive=(stream,))
        before = self.largest_mb(stream)
        self.stop(stream, seconds=30)
        added = self.add_positions()
        self.assertGreater(added, 15)
        stream = self.start_and_own("second")
        grown = self.largest_mb(stream) - before
        print(f"{added:.0f} MB of positions: {grown:+.1f} MB")
        self.assertLess(grown, GROWTH_MAX_MB)
        self.stop(stream, seconds=30)
        self.assert_topic_whole()


if __name__ == "__main__":
    unittest.main()
