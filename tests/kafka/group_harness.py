"""Several k2 processes that share one topic, an exchange that trades until it is told to stop, and
a reader that notes when trades become visible, so that a takeover can be timed.
"""

import json
import threading
import time
import urllib.request

import kafka_harness
from kafka_harness import confluent_kafka

PARTITIONS = 12
SYMBOLS = [f"{name}USDT" for name in (
    "BTC ETH SOL XRP BNB DOGE ADA TRX LINK AVAX SUI XLM "
    "DOT LTC HBAR TON SHIB UNI NEAR APT ICP ETC FIL ATOM").split()]


class Watcher:
    """Notes, per symbol, when a `read_committed` reader saw its trades."""

    def __init__(self, servers, topic):
        self._reader = confluent_kafka.Consumer({
            "bootstrap.servers": servers, "group.id": "watcher", "enable.auto.commit": False,
            "isolation.level": "read_committed", "auto.offset.reset": "earliest", "log_level": 0,
            "fetch.wait.max.ms": 50})
        self._reader.assign([confluent_kafka.TopicPartition(topic, number, 0)
                             for number in range(PARTITIONS)])
        self._lock = threading.Lock()
        self._seen = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._ended.is_set():
            messages = self._reader.consume(1_000, timeout=0.05)
            now = time.monotonic()
            with self._lock:
                for message in messages:
                    if message.error() is None:
                        self._seen.setdefault(message.key().decode(), []).append(now)

    def end(self):
        self._ended.set()
        self._thread.join()
        self._reader.close()

    def resumed(self, since):
        """True when every symbol was seen after this moment."""
        with self._lock:
            return len(self._seen) == len(SYMBOLS) and all(
                times[-1] > since for times in self._seen.values())

    def longest_pause(self, since):
        """The longest time that any symbol stood still after this moment."""
        with self._lock:
            pauses = []
            for times in self._seen.values():
                behind = [since] + [moment for moment in times if moment > since]
                pauses += [later - earlier for earlier, later in zip(behind, behind[1:])]
            return max(pauses)


class WithGroup(kafka_harness.WithKafka):
    partitions = PARTITIONS
    symbols = ",".join(SYMBOLS)
    rate = 480

    def setUp(self):
        super().setUp()
        self.start_kafka()
        self.ledger = self.folder / "ledger.csv"
        self.exchange = self.start(
            "sim", "sim", "--symbols", self.symbols, "--rate", self.rate,
            "--start-when-subscribed", len(SYMBOLS), "--port", 0, "--rest-port", 0,
            "--admin-port", 0, "--tls-dir", self.folder / "tls", "--ledger", self.ledger)
        self.wait_exchange()

    def exchange_fault(self, text):
        urllib.request.urlopen(f"{self.place['admin']}/faults", text.encode()).close()

    def start_member(self, name, *flags):
        """A process of the group, with a journal of its own by its name."""
        self.data_dir = self.folder / name
        return self.start_stream(*flags, name=name)

    @staticmethod
    def owned(process):
        """The partitions that it delivers, by its own log."""
        owned = set()
        if not process.running():
            return owned
        for line in process.output().splitlines():
            if not any(f'"event":"kafka.{word}"' in line for word in ("owned", "revoked", "lost")):
                continue
            event = json.loads(line)
            listed = {int(word) for word in event["partitions"].split(",") if word}
            owned = listed if event["event"] == "kafka.owned" else owned - listed
        return owned

    def wait_shared(self, *processes, count=PARTITIONS):
        """Waits until these own all partitions, each one of them some, and none twice."""

        def shared():
            all_owned = [self.owned(process) for process in processes]
            return all(all_owned) and sum(map(len, all_owned)) == count and (
                len(set().union(*all_owned)) == count)

        self.wait_for(shared, f"{len(processes)} to share {count} partitions", alive=processes)

    def wait_all_delivered(self, *alive):
        """The exchange stops trading; every trade it published reaches the topic."""
        self.exchange_fault("halt")
        lines = 0

        def still():
            nonlocal lines
            before, lines = lines, len(self.published())
            return lines == before and lines > 0

        self.wait_for(still, "the market to stand still", alive=(self.exchange,))
        self.wait_for(lambda: self.delivered() >= len(self.published()), "every trade delivered",
                      alive=alive)
