"""An independent reader (confluent-kafka, `read_committed`) of a topic of trades and its positions
that checks every record as it becomes visible, in a thread of its own, by the rules of topic_check.
"""

import sys
import threading
import time

import kafka_harness
from kafka_harness import confluent_kafka
from topic_check import TopicCheck

from confluent_kafka import admin  # kafka_harness has entered the environment that has it

# Chosen: a request that takes longer is sent again.
REQUEST_TIMEOUT_S = 10
# The first violations are printed as they come, beside what the campaign is doing then.
PRINTED_MAX = 3


class LiveReader(threading.Thread):
    """Reads and checks until it is stopped. The topics have to exist when it is made."""

    def __init__(self, servers, topic=kafka_harness.TOPIC, partitions=kafka_harness.PARTITIONS,
                 confirm_s=0.0, with_trades=True):
        super().__init__(daemon=True)
        self._check = TopicCheck(topic, confirm_s, with_trades)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._failure = None
        self._printed = 0
        self._ends = {}  # the queries in flight
        settings = {"bootstrap.servers": servers, "log_level": 0, "reconnect.backoff.max.ms": 500,
                    # A broker that was stopped must not hold up what the others have.
                    "socket.timeout.ms": 3_000}
        self._admin = admin.AdminClient(settings)
        self._reader = confluent_kafka.Consumer({
            **settings, "group.id": "live-reader", "isolation.level": "read_committed",
            "enable.auto.commit": False, "enable.partition.eof": True, "fetch.wait.max.ms": 50,
            # Records that are gone are a violation, not a reason to begin again.
            "auto.offset.reset": "error"})
        topics = [topic] * with_trades + [topic + ".positions"]
        self._reader.assign([confluent_kafka.TopicPartition(name, number, 0)
                             for name in topics for number in range(partitions)])

    def run(self):
        try:
            while not self._stopped.is_set():
                messages = self._reader.consume(5_000, timeout=0.05)
                with self._lock:
                    self._check.now = time.monotonic()
                    for message in messages:
                        self._check.feed(message)
                    self._ask_for_ends()
                self._print_violations()
        except BaseException as failure:  # whatever it is, the thread of the test has to know it
            self._failure = failure
        finally:
            self._reader.close()

    def _ask_for_ends(self):
        if self._ends:
            if all(future.done() for future in self._ends.values()):
                self._check.answer({partition.partition: future.result().offset
                                    for partition, future in self._ends.items()
                                    if future.exception() is None})
                self._ends = {}
            return
        partitions = self._check.questions()
        if partitions:
            # Of all records that are in the topic, committed or not.
            self._ends = self._admin.list_offsets(
                {confluent_kafka.TopicPartition(self._check.trades_topic, number):
                 admin.OffsetSpec.latest() for number in partitions},
                isolation_level=confluent_kafka.IsolationLevel.READ_UNCOMMITTED,
                request_timeout=REQUEST_TIMEOUT_S)

    def _print_violations(self):
        for violation in self._check.violations[self._printed:PRINTED_MAX]:
            print(f"live reader: {violation}", file=sys.stderr, flush=True)
            self._printed += 1

    def begin_fault(self, label):
        """Measures silence anew, and names the violations that follow by this label."""
        with self._lock:
            self._check.label = label
            self._check.now = time.monotonic()
            self._check.begin_silence()

    def silence(self):
        """Returns the longest time without a trade of one symbol since begin_fault."""
        with self._lock:
            return self._check.silence

    def last_ids(self):
        """Returns the largest visible id of each symbol; without trades, by its position."""
        self._raise_failure()
        with self._lock:
            if not self._check.with_trades:
                return {symbol: claim.last for symbol, claim in self._check.positions.items()}
            return {symbol: tape.newest for symbol, tape in self._check.tapes.items()}

    def partition_of(self, symbol):
        """Returns the partition of a symbol that was seen."""
        with self._lock:
            return self._check.tapes[symbol].partition

    def last_position(self, symbol):
        """Returns the last id of a symbol's newest position; None without one."""
        with self._lock:
            claim = self._check.positions.get(symbol)
            return claim and claim.last

    def journal_of(self, symbol):
        """Returns the journal that delivered a symbol last, by its position; None without one."""
        with self._lock:
            claim = self._check.positions.get(symbol)
            return claim and claim.journal

    def came_after(self, moment, symbols):
        """Returns true when a trade of each symbol became visible after a monotonic time."""
        self._raise_failure()
        with self._lock:
            tapes = self._check.tapes
            return all(symbol in tapes and tapes[symbol].came > moment for symbol in symbols)

    def reached(self, ids):
        """Returns true when each symbol's id, or a later one, is visible."""
        last = self.last_ids()
        return all(last.get(symbol, -1) >= number for symbol, number in ids.items())

    def judged(self):
        """Returns true when each visible position was found kept or broken."""
        self._raise_failure()
        with self._lock:
            return self._check.unjudged() == 0

    def trades(self):
        with self._lock:
            return self._check.trades

    def early_positions(self):
        with self._lock:
            return self._check.early_positions

    def violations(self):
        """Returns how often each rule was broken, and the first violations; empty when none was."""
        self._raise_failure()
        with self._lock:
            if not self._check.counts:
                return ""
            found = ", ".join(f"{kind}: {count}"
                              for kind, count in sorted(self._check.counts.items()))
            return "\n  ".join([found, *map(str, self._check.violations)])

    def _raise_failure(self):
        if self._failure is not None:
            raise AssertionError("the live reader has failed") from self._failure

    def stop(self):
        self._stopped.set()
        if self.is_alive():
            self.join()
        self._raise_failure()
