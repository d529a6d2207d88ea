"""Twenty times kill -9 at random moments of a replay; at the end nothing is missing or doubled.

The moments are random by seed: so many stored trades, counted in the journal, so that a slow
machine is killed at the same places as a fast one. TEST_SEED=N tries others.
"""

import os
import random
import unittest

import harness

KILLS = 20


class Crash(harness.WithExchange):
    def test_killed_twenty_times_in_a_row(self):
        seed = int(os.environ.get("TEST_SEED", "1"))
        moments = random.Random(seed)
        points = sorted(moments.sample(range(500, harness.TRADE_COUNT - 500), KILLS))
        print(f"seed {seed}: kills at {points} stored trades", flush=True)
        self.start_exchange("--fault", "drop every-trades=9000", "--seed", seed, speed="30")
        kills = 0
        for point in points:
            stream = self.start_stream(name="stream")
            self.wait_for(lambda point=point: self.stored() >= point, f"{point} trades stored",
                          alive=(stream, self.exchange))
            stream.kill()
            kills += 1
        self.assertEqual(kills, KILLS)
        stream = self.start_stream(name="last")
        self.wait_for(lambda: '"connection.upgraded"' in stream.output(), "the last start",
                      alive=(stream,))
        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade stored",
                      alive=(stream,))
        self.stop(stream)
        self.assert_whole()


if __name__ == "__main__":
    unittest.main()
