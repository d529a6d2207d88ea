#!/usr/bin/env python3
"""A commit that arrives late: the proxy keeps back one EndTxn(commit) of K2 and resets that
connection, librdkafka repeats the request on a new connection and is answered OK, and the broker
gets the first one only when a later transaction is open. Brokers apply it to that transaction as
long as the producer has the same epoch (KAFKA-17754), so K2 must not continue with that epoch.
The controls are the same runs without the late request.

After each run `k2 verify --kafka --ledger` and a reader that shares no code with K2 must find
every published trade once and in order.

    TEST_K2_BINARY=build/release/k2 tests/kafka/late_end_test.py --repeat 10 --case live-next
"""

import argparse
import collections
import dataclasses
import json
import signal
import sys
import threading
import time
import unittest

import kafka_frames
import proxied_harness
from frame_proxy import RESPONSE
from kafka_frames import END_TXN, INIT_PRODUCER_ID, PRODUCE
from kafka_harness import harness

LIVE_RATE = 2_000
# Commits that pass before one is kept back, while live trades flow.
LIVE_COMMITS = 5
# Transactions that must follow the late request before the market stops.
COMMITS_AFTER = 10
LATER_S = 0.75
EVENT_MAX_S = 60


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    live: bool  # live trades; otherwise the recording, as fast as it goes
    later: bool  # the late request hits no transaction before K2 has reacted to the reset
    behind: str  # the late request follows the first Produce to this topic
    dropped: bool = False  # a control
    batch_size: int | None = None


TRADES, POSITIONS = "", ".positions"
# With small batches, more of a transaction is still on its way when the late request arrives.
SMALL_BATCH = 65_536
CASES = (
    Case("live-next", live=True, later=False, behind=TRADES),
    Case("live-later", live=True, later=True, behind=TRADES),
    Case("replay-next", live=False, later=False, behind=TRADES),
    Case("replay-later", live=False, later=True, behind=POSITIONS),
    Case("replay-next-64k", live=False, later=False, behind=TRADES, batch_size=SMALL_BATCH),
    Case("replay-later-64k", live=False, later=True, behind=POSITIONS, batch_size=SMALL_BATCH),
    Case("live-control", live=True, later=True, behind=TRADES, dropped=True),
    Case("replay-control", live=False, later=True, behind=TRADES, dropped=True),
)


class LateEnd:
    """Keeps one commit of a run back, and delivers it when the broker has records of a later
    transaction: it waits for the acknowledgement of a Produce, and passes that acknowledgement on
    only after the broker has answered the late commit."""

    def __init__(self, proxy, case, topic):
        self._case, self._topic = case, topic + case.behind
        self._lock = threading.Lock()
        self._held_at = None
        self._ended = self._produced = self._delivered = False
        self._skip = LIVE_COMMITS if case.live else 0
        self.answer = None  # the error's name, once the late commit was delivered
        self.hold = proxy.hold(END_TXN, self._is_the_one)
        self._proxy = proxy
        self._rules = [
            proxy.before(PRODUCE, self._on_produced, direction=RESPONSE),
            proxy.before(END_TXN, self._on_ended, direction=RESPONSE),
            proxy.before(INIT_PRODUCER_ID, self._on_new_epoch, direction=RESPONSE)]

    def close(self):
        for rule in self._rules:
            self._proxy.remove(rule)
        self.hold.discard()

    def _is_the_one(self, request):
        if not kafka_frames.is_commit(request):
            return False
        self._skip -= 1
        if self._skip >= 0:
            return False
        self._held_at = time.monotonic()
        return True

    def _on_ended(self, _):
        """The next transaction has ended, and was not the one of the request that is held."""
        with self._lock:
            self._ended = self._ended or self._produced

    def _on_new_epoch(self, _):
        with self._lock:
            self._ended = self._ended or self.hold.is_held

    def _on_produced(self, response):
        if not self.hold.is_held or self._topic not in dict(
                kafka_frames.produced_to(response.request)):
            return
        with self._lock:
            self._produced = True
            if self._delivered or (self._case.later and not self._is_later()):
                return
            self._delivered = True
        if self._case.dropped:
            self.hold.discard()
            self.answer = "dropped"
            return
        late = self.hold.release()
        error = "no answer" if late is None else kafka_frames.end_txn_error(late)
        if error == kafka_frames.CONCURRENT_TRANSACTIONS:
            # K2 ended this transaction in the same moment, and the request did nothing.
            self._delivered = False
            return
        self.answer = kafka_frames.ERRORS.get(error, str(error))

    def _is_later(self):
        # A replay may be over in less than any fixed time.
        if not self._case.live:
            return self._ended
        return time.monotonic() >= self._held_at + LATER_S


@dataclasses.dataclass
class Outcome:
    case: str
    late: str = "never"
    verified: bool = False
    published: int = 0
    missing: int = 0
    doubled: int = 0
    disordered: int = 0
    foreign: int = 0
    failed: str = ""
    events: str = ""
    seconds: float = 0.0

    @property
    def clean(self):
        return (self.verified and not self.failed and
                self.missing + self.doubled + self.disordered + self.foreign == 0)


class LateEndRuns(proxied_harness.WithProxy):
    options = None

    def runTest(self):  # the name is unittest's
        self.start_kafka()
        outcomes = []
        for case in self.options.cases:
            for _ in range(self.options.repeat):
                outcomes.append(self.run_case(case, len(outcomes) + 1))
                print(row(outcomes[-1]), flush=True)
        print_table(outcomes)
        wrong = [row(one) for one in outcomes if not one.clean]
        self.assertFalse(wrong, "\n" + "\n".join(wrong))

    def run_case(self, case, number):
        outcome = Outcome(case.name)
        began = time.monotonic()
        topic = f"late.{number}"
        self.data_dir = self.folder / f"journal-{number}"
        self.ledger = self.folder / f"ledger-{number}.csv"
        late = LateEnd(self.proxy, case, topic)
        self.stream, before = None, len(self._processes)
        try:
            self.run_k2_through(case, late, topic, number, outcome)
        except AssertionError as failure:
            outcome.failed = str(failure).splitlines()[0]
        finally:
            late.close()
            for process in self._processes[before:]:
                if process.running():
                    process.kill()
        outcome.late = late.answer or outcome.late
        outcome.events = events_of(self.stream) if self.stream else ""
        outcome.seconds = time.monotonic() - began
        if outcome.clean:
            del self._processes[before:]  # a failure later has other reasons
        return outcome

    def run_k2_through(self, case, late, topic, number, outcome):
        if case.live:
            self.start_exchange_of(
                proxied_harness.SYMBOLS, "--symbols", ",".join(proxied_harness.SYMBOLS), "--rate",
                LIVE_RATE, "--seed", number, name=f"sim-{number}")
        else:
            self.start_exchange_of(("BTCUSDT", "ETHUSDT"), "--replay", harness.TRADES, "--speed",
                                   "max", name=f"sim-{number}")
        self.stream = self.start_stream(
            "--kafka-topic", topic, name=f"stream-{number}",
            environment={"K2_KAFKA_LIBRDKAFKA_BATCH_SIZE": str(case.batch_size)}
            if case.batch_size else None)
        alive = (self.stream, self.exchange)
        self.wait_for(lambda: late.hold.is_held, "a commit that is kept back", EVENT_MAX_S, alive)
        self.wait_for(lambda: late.answer, "the moment of the late commit", EVENT_MAX_S, alive)
        if case.live:
            self.end_market(alive)
        else:
            self.wait_published(self.stream)
        published = self.ledger_ids()
        outcome.published = sum(map(len, published.values()))
        self.wait_delivered(topic, outcome.published)
        self.stop(self.stream, seconds=30)
        self.judge(topic, published, outcome)

    def end_market(self, alive):
        """Lets some more transactions pass before the market ends."""
        before = self.proxy.responses[END_TXN]
        self.wait_for(lambda: self.proxy.responses[END_TXN] >= before + COMMITS_AFTER,
                      "transactions behind the late commit", EVENT_MAX_S, alive)
        self.halt_market()

    def wait_delivered(self, topic, published):
        """Waits for every id, for a while; what is missing then is judged like all else."""
        follower = proxied_harness.Follower(self.servers, topic)
        follower.read_until(published, self.options.wait)
        follower.close()

    def judge(self, topic, published, outcome):
        ids = proxied_harness.TopicIds()
        for message in self.each_message(topic):
            ids.add(message)
        outcome.missing = ids.missing(published)
        outcome.doubled, outcome.disordered = ids.doubled, ids.disordered
        outcome.foreign = ids.foreign(published)
        verify = self.start(f"verify-{topic}", "verify", "--kafka", "--kafka-bootstrap-servers",
                            self.servers, "--kafka-topic", topic, "--ledger", self.ledger)
        outcome.verified = verify.wait() == 0


def events_of(stream):
    """Counts the log's events of delivery, in the order of their first appearance."""
    found = collections.Counter()
    for line in stream.output().splitlines():
        if line.startswith("{") and '"event":"kafka.' in line:
            found[json.loads(line)["event"].removeprefix("kafka.")] += 1
    return " ".join(f"{name}:{count}" for name, count in found.items() if name != "client")


def row(one):
    return (f"{one.case}: late commit answered {one.late}; of {one.published} {one.missing} "
            f"missing, {one.doubled} doubled, {one.disordered} out of order, {one.foreign} "
            f"unpublished; k2 verify {'clean' if one.verified else 'NOT CLEAN'}"
            f"{'; ' + one.failed if one.failed else ''} ({one.seconds:.1f} s; {one.events})")


def print_table(outcomes):
    print("\n| case | runs | clean | missing | doubled | out of order | answers |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in dict.fromkeys(one.case for one in outcomes):
        runs = [one for one in outcomes if one.case == name]
        answers = collections.Counter(one.late for one in runs)
        print(f"| {name} | {len(runs)} | {sum(one.clean for one in runs)} | "
              + " | ".join(" ".join(str(getattr(one, field)) for one in runs)
                           for field in ("missing", "doubled", "disordered"))
              + " | " + ", ".join(f"{answer} {count}" for answer, count in answers.items()) + " |",
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [case.name for case in CASES]
    parser.add_argument("--case", action="append", choices=names, help="all of them by default")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each case")
    parser.add_argument("--wait", type=float, default=30,
                        help="seconds until a trade that is not in the topic counts as missing")
    LateEndRuns.options = parser.parse_args()
    LateEndRuns.options.cases = [case for case in CASES
                                 if case.name in (LateEndRuns.options.case or names)]
    # A test that ctest ends still ends its processes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    result = unittest.TextTestRunner().run(LateEndRuns())
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
