"""One process delivers into a topic: its successor goes on from the topic's own positions, and
whoever was thought dead and comes back cannot write.
"""

import signal
import unittest

import kafka_harness
from kafka_harness import harness


class Takeover(kafka_harness.WithKafka):
    def setUp(self):
        super().setUp()
        self.first_dir = self.data_dir
        self.second_dir = self.folder / "second"
        self.start_kafka()
        self.start_exchange(speed="30")
        self.first = self.start_stream(name="first")
        self.wait_for(lambda: self.stored() >= 3_000, "some trades stored", alive=(self.first,))
        self.wait_for(lambda: self.first.events("kafka.connected"), "the follower",
                      alive=(self.first,))
        # Without a committed position there would be nothing to take over.
        self.wait_for(self.delivered, "the first commit", alive=(self.first,))

    def start_second(self):
        self.data_dir = self.second_dir
        return self.start_stream(name="second")

    def wait_whole(self, stream):
        self.wait_published(stream)
        self.wait_for(lambda: self.delivered() >= harness.TRADE_COUNT, "every trade delivered",
                      alive=(stream,))

    def test_a_successor_with_an_empty_journal_repairs_from_the_topic_s_positions(self):
        self.first.kill()
        second = self.start_second()
        self.wait_whole(second)
        self.stop(second, seconds=30)
        self.assert_topic_whole()

    def test_a_successor_takes_over_from_one_that_delivers(self):
        second = self.start_second()
        self.wait_for(lambda: self.first.events("kafka.fenced"), "the first to see that it is out",
                      alive=(self.first, second))
        self.wait_whole(second)
        self.stop(self.first, seconds=30)
        self.stop(second, seconds=30)
        self.assertEqual(second.events("kafka.fenced"), [])
        self.assert_topic_whole()

    def test_a_stopped_process_that_comes_back_is_fenced(self):
        self.first.signal(signal.SIGSTOP)
        second = self.start_second()
        self.wait_for(lambda: second.events("kafka.connected"), "the takeover", alive=(second,))
        self.first.signal(signal.SIGCONT)
        self.wait_for(lambda: self.first.events("kafka.fenced"), "the first to see that it is out",
                      alive=(self.first, second))
        self.wait_whole(second)
        self.assertTrue(self.first.running(), "it goes on recording")
        self.stop(self.first, seconds=30)
        self.stop(second, seconds=30)
        self.assertEqual(second.events("kafka.fenced"), [])
        self.assert_topic_whole()

    def test_the_first_takes_over_again_and_leaves_out_what_is_there(self):
        self.stop(self.first, seconds=30)
        second = self.start_second()
        self.wait_for(lambda: second.events("kafka.connected"), "the takeover", alive=(second,))
        self.wait_for(lambda: self.stored() > 3_000, "the second to record", alive=(second,))
        self.stop(second, seconds=30)
        self.data_dir = self.first_dir
        again = self.start_stream(name="again")
        self.wait_whole(again)
        self.stop(again, seconds=30)
        self.assert_topic_whole()


if __name__ == "__main__":
    unittest.main()
