"""The errors of a start when Kafka, a topic or the registry does not fit."""

import json
import unittest
import urllib.request

import kafka_harness
from kafka_harness import TOPIC, harness

import confluent_kafka.admin  # kafka_harness has entered the environment that has it


class Start(kafka_harness.WithKafka):
    def setUp(self):
        super().setUp()
        self.start_exchange()

    def create(self, name, partitions, **config):
        admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": self.servers})
        topic = confluent_kafka.admin.NewTopic(name, partitions, 1, config=config)
        for created in admin.create_topics([topic]).values():
            created.result(10)

    def refused(self, *flags, code=2, event="kafka.refused"):
        """The reason that a start gives before it ends."""
        stream = self.start_stream(*flags, name="refused")
        self.assertEqual(stream.wait(90), code, kafka_harness.harness.tail(stream))
        return stream.events(event)[-1]["error"]

    def test_without_a_broker_the_first_start_records_and_delivers_later(self):
        stream = self.start_stream()
        self.wait_for(lambda: self.stored() > 0, "the first records", alive=(stream,))
        self.assertEqual(len(stream.events("kafka.unavailable")), 1)
        self.start_kafka()
        self.wait_for(lambda: self.delivered() >= harness.TRADE_COUNT, "every trade delivered",
                      alive=(stream,))
        self.stop(stream)
        self.assert_topic_whole()

    def test_topics_that_are_not_as_they_must_be_are_refused_by_name(self):
        self.start_broker()
        self.wait_broker()
        found = self.check("check-early", 1)
        self.assertIn("K2 creates it", found[f"topic {TOPIC}"]["seen"])
        self.assertEqual(found["right to transactions"]["grade"], "ok")
        why = self.refused("--kafka-create-topics=false")
        self.assertIn(f"{TOPIC} is missing", why)
        self.assertIn("kafka.create_topics", why)
        self.create(TOPIC, 7)
        why = self.refused()
        self.assertIn("7 partitions", why)
        self.assertIn("kafka.partitions", why)
        found = self.check("check", 1)
        self.assertIn("7 partitions", found[f"topic {TOPIC}"]["seen"])
        self.assertIn("kafka.schema_registry_url", found[f"schema {TOPIC}-value"]["seen"])
        self.create("compacted", kafka_harness.PARTITIONS, **{"cleanup.policy": "compact"})
        why = self.refused("--kafka-topic", "compacted")
        self.assertIn("cleanup.policy=delete", why)
        why = self.refused("--kafka-librdkafka", "no.such.setting=1", event="stream.refused")
        self.assertIn("no.such.setting", why)

    def test_topics_are_created_with_what_their_use_needs(self):
        self.start_kafka()
        stream = self.start_stream("--kafka-trades-retention", "36h")
        # The recording starts with its first subscriber, which must not be a check's probe.
        self.wait_for(self.delivered, "the first trades", alive=(stream,))
        resources = [confluent_kafka.admin.ConfigResource(
            confluent_kafka.admin.ResourceType.TOPIC, TOPIC + name)
            for name in ("", ".positions", ".gaps", ".invalid")]
        admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": self.servers})
        trades, positions, gaps, letters = (
            {name: entry.value for name, entry in found.result(10).items()}
            for found in admin.describe_configs(resources).values())
        for settings in (trades, gaps, letters):
            self.assertEqual(settings["cleanup.policy"], "delete")
        self.assertEqual(gaps["retention.ms"], "-1")
        self.assertEqual(trades["retention.ms"], str(36 * 3600 * 1000))
        self.assertEqual(trades["retention.bytes"], "-1")
        # What is not compacted yet is read at each start.
        self.assertEqual(positions["cleanup.policy"], "compact")
        self.assertEqual(positions["segment.ms"], "600000")
        self.assertEqual(positions["segment.bytes"], "52428800")
        # The setting is now its default, without a limit.
        found = self.check("check", 0)[f"retention of {TOPIC}"]
        self.assertEqual((found["grade"], found["seen"]), ("warn", "36h"))
        self.assertIn("retention.ms=-1", found["remedy"])
        found = self.check("check-short", 0, "--kafka-trades-retention", "1d")
        self.assertEqual(found[f"retention of {TOPIC}"]["grade"], "ok")
        found = self.check("check-broker", 0, "--kafka-trades-retention", "broker")
        self.assertNotIn(f"retention of {TOPIC}", found)
        self.assertEqual(self.check("check-after", 0)["kafka.partitions"]["grade"], "ok")
        self.partitions = 2
        found = self.check("check-other", 1)["kafka.partitions"]
        self.assertEqual(found["grade"], "fail")
        self.assertIn(f"set kafka.partitions = {kafka_harness.PARTITIONS},", found["seen"])

    def test_a_registry_that_was_wiped_gets_the_schemas_again(self):
        self.stop(self.exchange)
        # An endless market: the registry is queried again when a transaction begins.
        self.exchange = self.start(
            "market", "sim", "--symbols", self.symbols, "--rate", 200, "--port", 0,
            "--rest-port", 0, "--tls-dir", self.folder / "tls-of-market")
        self.wait_exchange()
        self.start_kafka()
        stream = self.start_stream()
        self.wait_for(self.delivered, "the first trades", alive=(stream,))
        before = json.loads((self.data_dir / "schema-ids.json").read_text())
        self.assertEqual({name.rsplit("@", 1)[1] for name in before}, {self.registry})
        self.stop(stream, seconds=30)
        self.registry_process.kill()
        for file in self.folder.glob("registry-data*"):
            file.unlink()
        self.start_registry()
        self.wait_registry()
        # Others come first, so that the ids are not the same again.
        for number in range(5):
            self.ask("POST", f"subjects/other-{number}/versions", {"schema": json.dumps(
                {"type": "record", "name": f"Other{number}", "fields": []})})
        stream = self.start_stream(name="again")
        changed = self.wait_for(
            lambda: [event for event in stream.events("registry.schema_id_changed")
                     if event["subject"] == f"{TOPIC}-value"], "the new id", alive=(stream,))[0]
        self.assertIn(changed["schema_id_before"], before.values())
        self.assertNotEqual(changed["schema_id"], changed["schema_id_before"])
        self.assertEqual(self.schema(changed["schema_id"])["name"], "com.k2.marketdata.TradeV2")
        self.wait_for(lambda: stream.events("kafka.owned"), "delivery", alive=(stream,))
        after = json.loads((self.data_dir / "schema-ids.json").read_text())
        self.assertIn(changed["schema_id"], after.values())

    def ask(self, method, path, body):
        request = urllib.request.Request(
            f"{self.registry}/{path}", json.dumps(body).encode(), method=method,
            headers={"Content-Type": "application/vnd.schemaregistry.v1+json"})
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)

    def test_an_incompatible_schema_is_refused_with_the_registry_s_words(self):
        self.start_kafka()
        other = {"type": "record", "name": "TradeV2", "namespace": "com.k2.marketdata",
                 "fields": [{"name": "message_id", "type": "int"}]}
        self.ask("POST", f"subjects/{TOPIC}-value/versions", {"schema": json.dumps(other)})
        self.ask("PUT", f"config/{TOPIC}-value", {"compatibility": "BACKWARD"})
        stream = self.start_stream()
        failing = self.wait_for(lambda: stream.events("kafka.failing"), "the refusal",
                                alive=(stream,))
        self.assertIn("registry_refused", failing[0]["error"])
        self.assertIn("use another kafka.topic", failing[0]["error"])
        self.wait_for(lambda: self.stored() > 0, "the recording to go on", alive=(stream,))
        stream.kill()
        found = self.check("check", 1)[f"schema {TOPIC}-value"]
        self.assertEqual(found["grade"], "fail")
        self.assertIn("incompatible", found["seen"])


if __name__ == "__main__":
    unittest.main()
