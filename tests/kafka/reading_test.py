"""Runs the recipes of docs/kafka/reading.md as a reader of the page would, and compares the output
with the page. The topic holds a trade that was delivered late and an aborted transaction.
"""

import collections
import gzip
import json
import re
import shutil
import signal
import sys
import unittest
import urllib.request

import kafka_harness
from kafka_harness import broker, confluent_kafka, environment, harness

PAGE = harness.ROOT / "docs" / "kafka" / "reading.md"
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The jars that the page names are among those of the broker and of the registry.
JARS = (f"{broker.KAFKA}/libs/*",
        *map(str, (broker.KAFKA / "registry").glob("**/org.apache.avro.avro-1*.jar")))
FRAMES = 6

Recipe = collections.namedtuple("Recipe", "file code command output")


def sections():
    """Returns {heading: its fenced blocks as (language, text)}."""
    parts = re.split(r"^##+ (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {title: FENCED.findall(text) for title, text in zip(parts[1::2], parts[2::2])}


def recipe(title):
    """Returns a program, the command that runs it, and its output."""
    (_, code), (shell, command), (text, output) = sections()[title][-3:]
    assert (shell, text) == ("sh", "text"), title
    return Recipe(re.search(r"\w+\.(?:py|java)\b", command).group(), code, command, output)


class Recipes(kafka_harness.WithKafka):
    symbols = "BTCUSDT"

    def record(self):
        """Delivers six trades; the fourth is lost, given up and repaired when REST is back."""
        recording = self.folder / "six.jsonl"
        with gzip.open(harness.TRADES, "rt", encoding="utf-8") as frames:
            bitcoin = (frame for frame in frames if '"BTCUSDT"' in frame)
            recording.write_text("".join(next(bitcoin) for _ in range(FRAMES)), encoding="utf-8")
        self.start_kafka()
        self.start_exchange("--admin-port", 0, "--fault", "lose at-trade=3 frames=1",
                            "--fault", "rest-down at-trade=1", replay=recording, subscribed=1)
        stream = self.start_stream("--gap-patience-seconds", 1)
        self.wait_for(lambda: self.delivered() == FRAMES - 1, "the trades around the gap",
                      alive=(stream,))
        self.abort_a_copy()
        heal = urllib.request.Request(f"{self.place['admin']}/faults", method="DELETE")
        urllib.request.urlopen(heal, timeout=10).close()
        self.wait_for(lambda: self.delivered() == FRAMES, "the late trade", alive=(stream,))
        self.stop(stream, seconds=30)

    def abort_a_copy(self):
        """Aborts a transaction; its copy of a trade stays in the log of the partition."""
        first = self.messages()[0]
        producer = confluent_kafka.Producer({"bootstrap.servers": self.servers,
                                             "transactional.id": "aborted"})
        producer.init_transactions(30)
        producer.begin_transaction()
        producer.produce(self.topic, first.value(), first.key(), partition=first.partition())
        producer.flush(30)
        producer.abort_transaction(30)

    def check_recipe(self, title):
        """Saves the program, runs the command, ends it with Ctrl-C and compares the output."""
        found = recipe(title)
        (self.folder / found.file).write_text(found.code, encoding="utf-8")
        command = found.command.replace("\\\n", " ").strip()
        for of_page, of_test in (("broker:9092", self.servers),
                                 ("http://registry:8081", self.registry),
                                 ("'libs/*'", f"'{':'.join(JARS)}'"),
                                 ("python3 ", f"{sys.executable} ")):
            command = command.replace(of_page, of_test)
        errors = self.folder / f"{found.file}.errors"
        process = self.start(found.file, "-c", f"exec {command} 2>{errors}", program="sh")
        expected = found.output.splitlines()
        try:
            self.wait_for(lambda: len(process.output().splitlines()) >= len(expected),
                          f"the output of {title}", alive=(process,))
        except AssertionError:
            print(errors.read_text(errors="replace"))
            raise
        process.signal(signal.SIGINT)
        self.assertIn(process.wait(), (0, 130), errors.read_text(errors="replace"))
        self.assertEqual(process.output().splitlines(), expected, title)

    def check_record(self):
        """Compares the example of a record with the first trade, decoded by the harness."""
        (language, text), = sections()["A record"]
        self.assertEqual(language, "json")
        example = json.loads(text)
        message = self.messages()[0]
        self.assertEqual((message.key(), message.headers()), (b"BTCUSDT", None))
        record = self.records()[0]
        self.assertEqual(list(example), list(record))
        for name, value in record.items():
            if name != "ingestion_timestamp":  # it differs in each run
                shown = value if isinstance(value, (list, int, type(None))) else str(value)
                self.assertEqual(shown, example[name], name)

    def test_each_recipe_prints_the_output_on_the_page(self):
        if shutil.which("javac") is None:
            environment.missing("javac")
        self.record()
        self.check_record()
        for title in ("Python", "Gaps in Python", "Java"):
            self.check_recipe(title)


if __name__ == "__main__":
    unittest.main()
