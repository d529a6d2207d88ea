"""Several processes share a topic by Kafka's consumer group: if anything happens to one of them,
the others take its symbols over, and a `read_committed` reader finds every trade once and in order.

Prints the time without trades of symbols for each way in which an owner leaves or joins.
"""

import json
import signal
import time
import unittest

import group_harness
from group_harness import PARTITIONS, SYMBOLS
from kafka_harness import harness
from live_reader import LiveReader

# A session's default is 10 s.
SHORT_SESSION = ("--kafka-librdkafka", "session.timeout.ms=6000")


class Takeover(group_harness.WithGroup):
    def pause_of(self, what, act, *settled):
        """Does it, waits until all symbols continue, and notes the time without trades."""
        self.reader.begin_fault(what)
        act()
        self.wait_shared(*settled)
        now = time.monotonic()
        self.wait_for(lambda: self.reader.came_after(now, SYMBOLS), f"all symbols after: {what}",
                      alive=settled)
        self.pauses.append((what, self.reader.silence()))

    def test_three_share_and_take_over_from_each_other(self):
        self.pauses = []
        first = self.start_member("first")
        self.wait_shared(first)
        self.reader = LiveReader(self.servers, partitions=PARTITIONS)
        self.addCleanup(self.reader.stop)
        self.reader.start()
        self.wait_for(lambda: self.reader.came_after(0, SYMBOLS), "the first trades",
                      alive=(first,))
        started = []
        second = self.start_member("second")
        self.pause_of("a second joins", lambda: None, first, second)
        third = self.start_member("third")
        self.pause_of("a third joins", lambda: None, first, second, third)
        self.pause_of("one is killed", second.kill, first, third)
        self.pause_of("one is stopped with SIGTERM", lambda: self.stop(third, seconds=30), first)

        def two_more():
            started.append(self.start_member("second"))
            started.append(self.start_member("fourth"))

        two_more()
        again, fourth = started
        self.pause_of("two start at once", lambda: None, first, again, fourth)
        fourth.signal(signal.SIGSTOP)
        self.pause_of("one is stopped with SIGSTOP", lambda: None, first, again)
        fourth.signal(signal.SIGCONT)
        self.wait_for(lambda: fourth.events("kafka.lost"), "it to see that it is out",
                      alive=(fourth,))
        self.pause_of("and continued", lambda: None, first, again, fourth)
        members = (first, again, fourth)
        self.wait_all_delivered(*members)
        for member in members:
            self.stop(member, seconds=30)
        self.wait_for(self.reader.judged, "each position to be judged")
        self.reader.stop()
        self.assertEqual(self.reader.violations(), "", "what the live reader found")
        self.assert_topic_whole()
        for name in ("first", "second", "third", "fourth"):
            self.run_k2(f"verify-{name}", "verify", "--data-dir", self.folder / name)
        print("symbols stood still, in seconds, when", flush=True)
        for what, pause in self.pauses:
            print(f"  {what:30} {pause:5.1f}", flush=True)

    def test_warm_standbys_need_nothing_from_the_exchange(self):
        first = self.start_member("first", "--kafka-standby", "warm", *SHORT_SESSION)
        self.wait_shared(first)
        # A tape that the topic does not know begins with its first live trade.
        self.wait_for(lambda: len(self.ids_in_topic()) == len(SYMBOLS), "each symbol's first trade",
                      alive=(first,))
        second = self.start_member("second", "--kafka-standby", "warm", *SHORT_SESSION)
        self.wait_shared(first, second)
        self.wait_for(lambda: self.stored() >= 2_000 and self.holes(second) == 0,
                      "the second to record", alive=(second,))
        self.exchange_fault("rest-down")
        first.kill()
        self.wait_shared(second)
        self.wait_all_delivered(second)
        self.stop(second, seconds=30)
        self.assert_topic_whole()
        self.assertEqual(second.events("gap.declared"), [])

    def holes(self, process):
        """Symbols of the newest process that lack trades."""
        name = f"status-{time.monotonic_ns()}"
        status = self.run_k2(name, "ctl", "status", "--data-dir", self.folder / process.name)
        return json.loads(status)["tape"]["holes"]

    def test_without_transactions_they_share_as_well(self):
        flags = ("--kafka-delivery", "at_least_once", *SHORT_SESSION)
        first = self.start_member("first", *flags)
        self.wait_shared(first)
        second = self.start_member("second", *flags)
        self.wait_shared(first, second)
        first.kill()
        self.wait_shared(second)
        self.wait_all_delivered(second)
        self.stop(second, seconds=30)
        ids = self.ids_in_topic()
        expected = {}
        for symbol, number, *_ in self.published():
            expected.setdefault(symbol, set()).add(int(number))
        self.assertEqual(sorted(ids), sorted(SYMBOLS))
        for symbol, numbers in expected.items():
            self.assertEqual(numbers - set(ids[symbol]), set(), harness.tail(second))


if __name__ == "__main__":
    unittest.main()
