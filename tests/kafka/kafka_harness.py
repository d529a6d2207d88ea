"""A real broker and a real schema registry for the tests, on free loopback ports, and a reader of
the topic that shares no code with K2: confluent-kafka and fastavro, `read_committed`.
"""

import io
import json
import os
import pathlib
import shutil
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "e2e")]
import broker  # noqa: E402
import environment  # noqa: E402

environment.enter_venv()

import confluent_kafka  # noqa: E402
import fastavro  # noqa: E402
import harness  # noqa: E402

TOPIC = "market.crypto.trades.binance"
PARTITIONS = 4


class WithKafka(harness.WithExchange):
    """Tests with a broker and a registry besides the exchange."""

    # True: the tests of the class share one broker and one registry, each with a topic of its own.
    # Not for tests that kill, stop or reconfigure one of the two.
    shares_kafka = False
    shared_kafka = None
    topic = TOPIC
    broker_extra = ""
    format_extra = ()
    partitions = PARTITIONS

    def setUp(self):
        super().setUp()
        if not broker.installed():
            environment.missing(str(broker.KAFKA.relative_to(ROOT)))
        if self.shares_kafka:
            self.topic = f"{TOPIC}.{self._testMethodName}"
            if self.shared_kafka is not None:
                self.__dict__.update(self.shared_kafka)
                return
        self.kafka_folder = self.folder
        if self.shares_kafka:
            self.kafka_folder = pathlib.Path(tempfile.mkdtemp(prefix="k2-kafka-"))
            self.addClassCleanup(shutil.rmtree, self.kafka_folder, ignore_errors=True)
        self.broker_port = broker.free_port()
        self.registry_port = broker.free_port()
        self.servers = f"127.0.0.1:{self.broker_port}"
        self.registry = f"http://127.0.0.1:{self.registry_port}/apis/ccompat/v7"
        self._format_broker()

    def _format_broker(self):
        folder = self.kafka_folder / "broker"
        folder.mkdir()
        self.controller_port = broker.free_port()
        self._properties = broker.write_properties(folder, self.broker_port, self.controller_port,
                                                   self.secured())
        done = self.start("format", *broker.format_arguments(self._properties), *self.format_extra,
                          program="java")
        self.assertEqual(done.wait(), 0, harness.tail(done))
        self._processes.remove(done)  # a failure later has other reasons

    def secured(self):
        """Further lines of the broker's properties, now that its ports and folder are known."""
        return self.broker_extra

    def start_broker(self):
        self.broker = self.start("broker", *broker.run_arguments(self._properties), program="java")
        return self.broker

    def wait_broker(self):
        admin = confluent_kafka.Consumer({"bootstrap.servers": self.servers, "group.id": "wait",
                                          "reconnect.backoff.max.ms": 500, "log_level": 0})

        def ready():
            if not broker.answers(self.broker_port):
                return False
            try:
                return bool(admin.list_topics(timeout=2).brokers)
            except confluent_kafka.KafkaException:
                return False

        self.wait_for(ready, "the broker", alive=(self.broker,))
        admin.close()

    def start_registry(self):
        self.registry_process = self.start(
            "registry", *broker.registry_arguments(self.kafka_folder, self.registry_port),
            program="java")
        return self.registry_process

    def wait_registry(self):
        def ready():
            try:
                with urllib.request.urlopen(f"{self.registry}/subjects", timeout=2) as reply:
                    return reply.status == 200
            except OSError:
                return False

        self.wait_for(ready, "the registry", alive=(self.registry_process,))

    def start_kafka(self):
        if self.shared_kafka is not None:
            return
        self.start_broker()
        self.start_registry()
        self.wait_broker()
        self.wait_registry()
        if self.shares_kafka:
            self._leave_to_the_class()

    def _leave_to_the_class(self):
        """Both processes run until the last test of the class has ended."""
        shared = ("kafka_folder", "broker_port", "registry_port", "servers", "registry", "broker",
                  "registry_process")
        type(self).shared_kafka = {name: getattr(self, name) for name in shared}
        for process in (self.broker, self.registry_process):
            process.log = process.log.rename(self.kafka_folder / process.log.name)
            self._processes.remove(process)
            self.addClassCleanup(process.kill)

    def start_stream(self, *flags, name="stream", environment=None, servers=None, registry=None):
        topic = () if "--kafka-topic" in flags else ("--kafka-topic", self.topic)
        return super().start_stream(
            "--sink", "kafka", "--kafka-bootstrap-servers", servers or self.servers,
            *topic, "--kafka-partitions", self.partitions,
            "--kafka-schema-registry-url", registry or self.registry,
            *flags, name=name, environment=environment)

    def check(self, name, code, *flags, environment=None, servers=None):
        """Returns the findings of `k2 check` by subject."""
        process = self.start(
            name, "check", "--symbols", self.symbols, "--data-dir", self.data_dir,
            "--sink", "kafka", "--stream-url", self.place["ws"], "--rest-url", self.place["rest"],
            "--custom-ca-bundle", self.place["ca"], "--kafka-partitions", self.partitions,
            "--kafka-topic", self.topic, "--kafka-bootstrap-servers", servers or self.servers,
            "--kafka-schema-registry-url", self.registry, "--wait", "100ms", "--json", *flags,
            environment=environment)
        self.assertEqual(process.wait(), code, harness.tail(process))
        output = process.output()
        report = json.loads(output[output.index("{\n"):])
        return {finding["subject"]: finding for finding in report["findings"]}

    def schema(self, number):
        with urllib.request.urlopen(f"{self.registry}/schemas/ids/{number}", timeout=10) as reply:
            return fastavro.parse_schema(json.loads(json.load(reply)["schema"]))

    def messages(self, topic=None):
        return list(self.each_message(topic))

    def each_message(self, topic=None):
        """All committed messages of the topic, by default the test's own, in partition order."""
        topic = topic or self.topic
        reader = confluent_kafka.Consumer({
            "bootstrap.servers": self.servers, "group.id": f"reader-{os.getpid()}",
            "isolation.level": "read_committed", "enable.auto.commit": False,
            "enable.partition.eof": True, "auto.offset.reset": "earliest", "log_level": 0,
            "reconnect.backoff.max.ms": 500})
        try:
            # All topics: a broker creates one that is requested by its name.
            found = reader.list_topics(timeout=10).topics[topic]
            if found.error is not None:
                raise confluent_kafka.KafkaException(found.error)
            count = len(found.partitions)
            reader.assign([confluent_kafka.TopicPartition(topic, number, 0)
                           for number in range(count)])
            # As of now: while somebody writes, a reader may never see the end as such.
            ends = {number: reader.get_watermark_offsets(
                confluent_kafka.TopicPartition(topic, number), timeout=10)[1]
                for number in range(count)}
            at_end = {number for number, end in ends.items() if end == 0}
            while len(at_end) < count:
                for message in reader.consume(10_000, timeout=0.2):
                    error = message.error()
                    if error is None:
                        if message.offset() < ends[message.partition()]:
                            yield message
                        if message.offset() + 1 >= ends[message.partition()]:
                            at_end.add(message.partition())
                    elif error.code() == confluent_kafka.KafkaError._PARTITION_EOF:
                        at_end.add(message.partition())
                    elif not error.retriable():
                        raise confluent_kafka.KafkaException(error)
        finally:
            reader.close()

    def records(self, topic=None):
        """Every record of the topic, decoded by the schema that its own header names."""
        schemas = {}
        decoded = []
        for message in self.messages(topic):
            raw = message.value()
            self.assertEqual(raw[0], 0)
            number = int.from_bytes(raw[1:5], "big")
            if number not in schemas:
                schemas[number] = self.schema(number)
            stream = io.BytesIO(raw[5:])
            record = fastavro.schemaless_reader(stream, schemas[number])
            self.assertEqual(stream.read(), b"")
            self.assertEqual(message.key() and message.key().decode(), record["symbol"])
            decoded.append(record)
        return decoded

    def start_exchange_of(self, symbols, *source, name="sim"):
        """Starts an exchange that trades until halt_market(), or until its recording is over."""
        self.symbols = ",".join(symbols)
        self.exchange = self.start(
            name, "sim", *source, "--start-when-subscribed", len(symbols), "--port", 0,
            "--rest-port", 0, "--admin-port", 0, "--tls-dir", self.folder / "tls", "--ledger",
            self.ledger)
        self.wait_exchange()

    def exchange_fault(self, text):
        request = urllib.request.Request(f"{self.place['admin']}/faults", text.encode())
        with urllib.request.urlopen(request, timeout=10):
            pass

    def halt_market(self):
        """Ends trading, and waits until the ledger has every trade that was published."""
        self.exchange_fault("halt")

        def complete():
            with urllib.request.urlopen(f"{self.place['admin']}/", timeout=10) as reply:
                return self.ledger_lines() == json.load(reply)["published"]

        self.wait_for(complete, "the whole ledger", alive=(self.exchange,))

    def ledger_lines(self):
        with open(self.ledger, "rb") as ledger:
            return sum(part.count(b"\n") for part in iter(lambda: ledger.read(1 << 20), b""))

    def published(self):
        """The exchange's ledger: (symbol, id, price, quantity, time in us, buyer is maker)."""
        lines = self.ledger.read_text().splitlines()
        return [line.split(",") for line in lines]

    def ids_in_topic(self):
        ids = {}
        for message in self.messages():
            # message_id, the first field: its length as one byte, then binance-spot-SYMBOL-ID.
            text = message.value()[6:6 + message.value()[5] // 2].decode()
            ids.setdefault(message.key().decode(), []).append(int(text.rsplit("-", 1)[1]))
        return ids

    def assert_topic_whole(self):
        """Each published trade is in the topic once, in order of its id."""
        expected = {}
        for symbol, number, *_ in self.published():
            expected.setdefault(symbol, []).append(int(number))
        found = self.ids_in_topic()
        self.assertEqual(sorted(found), sorted(expected))
        for symbol, ids in expected.items():
            self.assertEqual(len(found[symbol]), len(set(found[symbol])), f"{symbol}: doubled")
            missing = sorted(set(ids) - set(found[symbol]))
            self.assertEqual(missing[:10], [], f"{symbol}: {len(missing)} are missing")
            self.assertEqual(found[symbol], sorted(ids), f"{symbol}: out of order")

    def delivered(self):
        """Returns the number of trades in the topic; none while there is no such topic."""
        try:
            return sum(len(ids) for ids in self.ids_in_topic().values())
        except (KeyError, confluent_kafka.KafkaException):
            return 0
