"""kill -9 of k2 and of the broker, a broker that is stopped, a registry that is away: a
`read_committed` reader still finds every trade once and in order.

The moments are counted in stored trades and drawn by seed (TEST_SEED=N tries others).
"""

import os
import random
import signal
import time
import unittest

import kafka_harness
from kafka_harness import harness

KILLS = 6


class Faults(kafka_harness.WithKafka):
    def kill_broker(self):
        self.broker.kill()
        time.sleep(1)
        self.start_broker()

    def stop_broker_for_a_while(self):
        self.broker.signal(signal.SIGSTOP)
        time.sleep(3)
        self.broker.signal(signal.SIGCONT)

    def test_whatever_dies_the_topic_is_whole(self):
        seed = int(os.environ.get("TEST_SEED", "1"))
        points = sorted(random.Random(seed).sample(range(500, harness.TRADE_COUNT - 500), KILLS))
        print(f"seed {seed}: kills at {points} stored trades", flush=True)
        self.start_kafka()
        self.start_exchange("--fault", "drop every-trades=9000", "--seed", seed, speed="30")
        for number, point in enumerate(points):
            stream = self.start_stream()
            self.wait_for(lambda point=point: self.stored() >= point, f"{point} trades stored",
                          alive=(stream, self.exchange))
            if number == 1:
                self.kill_broker()
            if number == 2:
                # The next start has to do with the id that it learned before.
                self.registry_process.kill()
            if number == 4:
                self.stop_broker_for_a_while()
            stream.kill()
        stream = self.start_stream(name="last")
        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade stored",
                      alive=(stream,))
        self.wait_for(lambda: stream.events("registry.down"), "the registry to be missed",
                      alive=(stream,))
        self.wait_for(lambda: self.delivered() >= harness.TRADE_COUNT, "every trade delivered",
                      alive=(stream,))
        self.stop(stream, seconds=30)
        self.assert_topic_whole()
        self.assert_whole()

    def test_neither_end_stops_the_other(self):
        """Without a broker trades are stored; without a connection what is stored is delivered."""
        self.start_kafka()
        self.start_exchange(speed="60")
        stream = self.start_stream()
        self.wait_for(lambda: stream.events("kafka.connected"), "the follower", alive=(stream,))
        self.wait_for(lambda: self.stored() >= 1_000, "the first trades", alive=(stream,))
        self.broker.kill()
        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade stored",
                      alive=(stream,))
        before = len(stream.events("connection.opening"))
        self.exchange.kill()
        self.wait_for(lambda: len(stream.events("connection.opening")) > before + 3,
                      "lines that connect in vain", alive=(stream,))
        self.start_broker()
        self.wait_broker()
        self.wait_for(lambda: self.delivered() >= harness.TRADE_COUNT, "every trade delivered",
                      alive=(stream,))
        self.stop(stream, seconds=30)
        self.assert_topic_whole()


if __name__ == "__main__":
    unittest.main()
