"""A real broker that K2 reaches only through the proxy of frame_proxy.py, and a reader that counts
every trade of a topic by its id. Everybody else reaches the broker directly, so that a rule or a
slow link hits nothing but K2.
"""

import collections
import time

import kafka_harness
from frame_proxy import FrameProxy
from kafka_harness import confluent_kafka

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT", "DOGEUSDT", "ADAUSDT", "TRXUSDT")
# A second listener of the broker advertises the proxy's port in place of its own.
LISTENERS = """\
listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{behind},\
CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{proxy}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
"""


class WithProxy(kafka_harness.WithKafka):
    def secured(self):
        behind = kafka_harness.broker.free_port()
        self.proxy = FrameProxy(behind, port=kafka_harness.broker.free_port())
        self.addCleanup(self.proxy.stop)
        return LISTENERS.format(port=self.broker_port, behind=behind, proxy=self.proxy.port,
                                controller=self.controller_port)

    def start_stream(self, *flags, name="stream", environment=None):
        return super().start_stream(*flags, name=name, environment=environment,
                                    servers=f"127.0.0.1:{self.proxy.port}")

    def ledger_ids(self):
        """The ids that the exchange published, by symbol and in their order."""
        ids = collections.defaultdict(list)
        for symbol, number, *_ in self.published():
            ids[symbol].append(int(number))
        return ids


class TopicIds:
    """Counts the trades of a topic by symbol and id, as a `read_committed` reader sees them."""

    def __init__(self):
        self.seen = collections.defaultdict(collections.Counter)
        self.disordered = 0
        self._last = collections.defaultdict(int)

    def add(self, message):
        symbol, number = message.key().decode(), id_of(message)
        self.seen[symbol][number] += 1
        self.disordered += number < self._last[symbol]
        self._last[symbol] = max(number, self._last[symbol])

    @property
    def distinct(self):
        return sum(map(len, self.seen.values()))

    @property
    def doubled(self):
        """Records that repeat an id which the topic has already."""
        return sum(ids.total() - len(ids) for ids in self.seen.values())

    def missing(self, published):
        return sum(len(set(ids) - self.seen[symbol].keys()) for symbol, ids in published.items())

    def foreign(self, published):
        """Ids that the exchange never published."""
        return sum(len(ids.keys() - set(published.get(symbol, ())))
                   for symbol, ids in self.seen.items())


def id_of(message):
    """The trade's id, from message_id: the first field, its length as one byte before it."""
    value = message.value()
    return int(value[6:6 + value[5] // 2].rsplit(b"-", 1)[1])


class Follower:
    """Reads a topic as it grows, into a TopicIds."""

    def __init__(self, servers, topic, partitions=kafka_harness.PARTITIONS):
        self.ids = TopicIds()
        self._reader = confluent_kafka.Consumer({
            "bootstrap.servers": servers, "group.id": "follower", "enable.auto.commit": False,
            "isolation.level": "read_committed", "auto.offset.reset": "earliest", "log_level": 0,
            "reconnect.backoff.max.ms": 500})
        self._reader.assign([confluent_kafka.TopicPartition(topic, number, 0)
                             for number in range(partitions)])

    def read_until(self, distinct, seconds):
        """Reads until it has so many ids, or for so long; returns whether it has them."""
        until = time.monotonic() + seconds
        while self.ids.distinct < distinct and time.monotonic() < until:
            for message in self._reader.consume(10_000, timeout=0.1):
                if message.error() is None:
                    self.ids.add(message)
        return self.ids.distinct >= distinct

    def close(self):
        self._reader.close()
