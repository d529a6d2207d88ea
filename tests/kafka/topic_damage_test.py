#!/usr/bin/env python3
"""A campaign by seed against `k2 verify --kafka`: a topic that K2 delivered is read whole, damaged
in partitions, records or bytes, sometimes after retention deleted its beginning, and written under
another name. Whatever a plain reader then reads differently must not be CLEAN. K2_DAMAGE_SEEDS
sets how many seeds are tried; `./dev torture verify` tries 1,000."""

import collections
import concurrent.futures
import io
import json
import os
import random
import subprocess
import unittest

import kafka_harness
from kafka_harness import broker, confluent_kafka, fastavro, harness

import confluent_kafka.admin  # noqa: E402

SEEDS = int(os.environ.get("K2_DAMAGE_SEEDS", "20"))
UNKNOWN = 3  # the exit code of k2 verify when something could not be checked
# A run of k2 waits for the broker most of its time.
AT_ONCE = 4
ENDINGS = ("", ".positions", ".gaps", ".invalid")
RETENTIONS = ("", "a third", "past a gap")
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
SCHEMA = fastavro.parse_schema(json.loads(
    (kafka_harness.ROOT / "schemas" / "trade_v2.avsc").read_text()))

Record = collections.namedtuple("Record", "partition key value headers")


def decoded(record):
    """Returns the trade of a record, or None when a reader cannot decode it."""
    if record.value is None or len(record.value) < 5 or record.value[0] != 0:
        return None
    stream = io.BytesIO(record.value[5:])
    try:
        trade = fastavro.schemaless_reader(stream, SCHEMA)
    except (EOFError, ValueError, IndexError, OverflowError, TypeError, ArithmeticError):
        return None
    return None if stream.read() else trade


def tapes(records):
    """Returns the trades by symbol, key and partition in the order of the topic: the values that a
    ledger has, and the LATE mark. A consumer finds a symbol by its key, so a record under another
    key or in another partition is not the symbol's. Undecodable records are listed under None."""
    found = collections.defaultdict(list)
    for record in records:
        trade = decoded(record)
        if trade is None:
            found[None].append(bytes(record.value or b""))
            continue
        found[trade["symbol"], record.key, record.partition].append(
            (trade["source_sequence"], trade["price"], trade["quantity"], trade["timestamp"],
             trade["side"], "LATE" in trade["trade_conditions"]))
    return dict(found)


def ids_of(some):
    """The facts that the topic alone proves: its ids, their order, and which are LATE."""
    return {name: [trade if name is None else (trade[0], trade[-1]) for trade in trades]
            for name, trades in some.items()}


def is_subsequence(some, of):
    rest = iter(of)
    return all(one in rest for one in some)


def begins_later(before, after):
    """True when only the beginnings of tapes are gone, which the topic alone cannot know."""
    return set(before) == set(after) and all(
        after[name] == before[name][-len(after[name]):] for name in after)


def differs_by_retention(before, after):
    """True when no record is missing or altered from the first one in order on. Of a gap before
    that, some LATE trades may be deleted by retention, and others not."""
    def from_start(trades, start):
        return [trade for trade in trades if trade[0] >= start]

    if set(before) != set(after):
        return False
    for name, trades in after.items():
        in_order = [trade[0] for trade in trades if not trade[-1]]
        if name is None or not in_order or not is_subsequence(trades, before[name]):
            return False
        start = min(in_order)
        if from_start(trades, start) != from_start(before[name], start):
            return False
    return True


class Damage:
    """One damage, drawn from a seed."""

    def __init__(self, chance, dump):
        self.chance = chance
        self.dump = {ending: list(records) for ending, records in dump.items()}
        self.what = chance.choice(self.KINDS)(self)

    def spot(self, records):
        """Chooses the first record, the last one, or any."""
        return self.chance.choice((0, len(records) - 1, self.chance.randrange(len(records))))

    def trades(self):
        return self.dump[""]

    def delete(self):
        at = self.spot(self.trades())
        del self.trades()[at]
        return f"record {at} deleted"

    def delete_many(self):
        at, count = self.spot(self.trades()), self.chance.randrange(2, 300)
        del self.trades()[at:at + count]
        return f"{count} records deleted at {at}"

    def delete_tail(self):
        partition, count = self.chance.choice(self.trades()).partition, self.chance.randrange(1, 90)
        places = [at for at, one in enumerate(self.trades()) if one.partition == partition]
        for at in reversed(places[-count:]):
            del self.trades()[at]
        return f"the last {count} of partition {partition} deleted"

    def delete_partition(self):
        partition = self.chance.choice(self.trades()).partition
        self.dump[""] = [one for one in self.trades() if one.partition != partition]
        return f"partition {partition} emptied"

    def delete_symbol(self):
        key = self.chance.choice(self.trades()).key
        self.dump[""] = [one for one in self.trades() if one.key != key]
        return f"{key} deleted"

    def delete_late(self):
        late = [at for at, one in enumerate(self.trades())
                if "LATE" in decoded(one)["trade_conditions"]]
        at = self.chance.choice(late)
        del self.trades()[at]
        return f"LATE record {at} deleted"

    def empty(self):
        self.dump[""] = []
        return "all trades deleted"

    def duplicate(self):
        at, count = self.spot(self.trades()), self.chance.choice((1, 1, 5, 200))
        again = self.trades()[at:at + count]
        to = self.chance.choice((at, at + count, len(self.trades())))
        self.trades()[to:to] = again
        return f"records {at}+{count} again at {to}"

    def swap(self):
        one, two = self.spot(self.trades()), self.spot(self.trades())
        records = self.trades()
        records[one], records[two] = records[two], records[one]
        return f"records {one} and {two} swapped"

    def move(self):
        at = self.spot(self.trades())
        record = self.trades()[at]
        other = (record.partition + 1 + self.chance.randrange(3)) % kafka_harness.PARTITIONS
        self.trades()[at] = record._replace(partition=other)
        return f"record {at} moved to partition {other}"

    def other_key(self):
        at = self.spot(self.trades())
        key = self.chance.choice((b"BTCUSDT", b"ETHUSDT", b"XRPUSDT", b"", None))
        self.trades()[at] = self.trades()[at]._replace(key=key)
        return f"record {at} has the key {key}"

    def flip(self):
        at = self.spot(self.trades())
        value = bytearray(self.trades()[at].value)
        place = self.chance.randrange(len(value))
        value[place] ^= 1 << self.chance.randrange(8)
        self.trades()[at] = self.trades()[at]._replace(value=bytes(value))
        return f"record {at}, byte {place} changed"

    def cut(self):
        at = self.spot(self.trades())
        size = self.chance.randrange(len(self.trades()[at].value))
        value = self.trades()[at].value[:size] if size else None
        self.trades()[at] = self.trades()[at]._replace(value=value)
        return f"record {at} cut to {size} bytes"

    def exchange_values(self):
        one, two = self.spot(self.trades()), self.spot(self.trades())
        records = self.trades()
        first, second = records[one].value, records[two].value
        records[one] = records[one]._replace(value=second)
        records[two] = records[two]._replace(value=first)
        return f"values of records {one} and {two} swapped"

    def with_positions(self):
        """Trades are gone, and the positions topic lost its newest records too."""
        what = self.chance.choice((Damage.delete, Damage.delete_many, Damage.delete_symbol))(self)
        places = self.dump[".positions"]
        del places[len(places) - min(len(places), self.chance.randrange(1, 9)):]
        return what + ", and the newest positions"

    def with_gaps(self):
        """Trades are gone, and a declared gap moved to another place, or all gaps are gone."""
        what = self.chance.choice((Damage.delete, Damage.delete_many, Damage.delete_late))(self)
        gaps = self.dump[".gaps"]
        if self.chance.random() < 0.5:
            gaps.clear()
            return what + ", and all gaps"
        at = self.chance.randrange(len(gaps))
        value = bytearray(gaps[at].value)
        place = self.chance.randrange(5, len(value))
        value[place] ^= 1 << self.chance.randrange(8)
        gaps[at] = gaps[at]._replace(value=bytes(value))
        return what + f", and byte {place} of gap {at}"

    KINDS = (delete, delete, delete_many, delete_tail, delete_partition, delete_symbol, delete_late,
             empty, duplicate, swap, swap, move, other_key, flip, flip, flip, cut, exchange_values,
             with_positions, with_gaps)


class TopicDamage(kafka_harness.WithKafka):
    def record(self):
        """Returns the records of K2's four topics, in which a gap was declared and filled."""
        self.start_kafka()
        self.ledger = self.folder / "ledger.csv"
        self.start_exchange_of(SYMBOLS, "--symbols", ",".join(SYMBOLS), "--rate", 400)
        stream = self.start_stream("--gap-patience-seconds", "1", "--audit", "false")
        self.wait_for(lambda: self.stored() > 500, "500 trades", alive=(stream,))
        self.exchange_fault("rest-down for=5s\nlose frames=9\n")
        self.wait_for(lambda: stream.events("gap.declared"), "a declared gap", alive=(stream,))
        self.wait_for(lambda: stream.events("gap.closed"), "its trades", alive=(stream,))
        self.wait_for(lambda: self.stored() > 1800, "1,800 trades", alive=(stream,))
        self.halt_market()
        published = self.ledger_lines()
        self.wait_for(lambda: self.delivered() == published, "the whole topic", alive=(stream,))
        self.stop(stream)
        dump = {ending: [Record(one.partition(), one.key(), one.value(), one.headers())
                         for one in self.each_message(self.topic + ending)] for ending in ENDINGS}
        self.assertTrue(self.late_places(dump[""]))
        self.assertGreater(len(dump[".gaps"]), 1)
        return dump

    def write(self, name, dump, retained):
        """Writes the topics, has retention delete the oldest trades, and returns the others."""
        futures = self.admin.create_topics([
            confluent_kafka.admin.NewTopic(name + ending, kafka_harness.PARTITIONS, 1)
            for ending in ENDINGS])
        for future in futures.values():
            future.result(30)
        producer = confluent_kafka.Producer({"bootstrap.servers": self.servers, "log_level": 0,
                                             "enable.idempotence": True, "linger.ms": 1})
        for ending, records in dump.items():
            for one in records:
                producer.produce(name + ending, one.value, one.key, partition=one.partition,
                                 headers=one.headers)
        self.assertEqual(producer.flush(60), 0)
        if not retained:
            return dump[""]
        return self.retain(name, dump[""], retained)

    def retain(self, name, records, retained):
        """Deletes the beginning of each partition, and returns the records that are left."""
        places = collections.defaultdict(list)
        for record in records:
            places[record.partition].append(record)
        begins = {partition: self.begin(some, retained) for partition, some in places.items()}
        futures = self.admin.delete_records([
            confluent_kafka.TopicPartition(name, partition, begin)
            for partition, begin in begins.items()])
        for future in futures.values():
            future.result(30)
        return [one for partition, some in places.items() for one in some[begins[partition]:]]

    def begin(self, records, retained):
        """Returns the offset up to which retention deletes the records of a partition."""
        late = self.late_places(records)
        if retained == "a third" or not late:
            return len(records) // 3
        if retained == "all but LATE":
            return late[0]
        # Behind the gap that the first LATE trade belongs to: its neighbours are deleted.
        first = decoded(records[late[0]])
        for at, trade in enumerate(map(decoded, records)):
            if trade and trade["symbol"] == first["symbol"] and (
                    trade["source_sequence"] > first["source_sequence"] + 30):
                return at
        return len(records) // 3

    def late_places(self, records):
        return [at for at, one in enumerate(records)
                if "LATE" in (decoded(one) or {}).get("trade_conditions", ())]

    def verified(self, name, *flags):
        """Returns the exit code and the output."""
        done = subprocess.run(
            [harness.k2_binary(), "verify", "--kafka", "--kafka-bootstrap-servers", self.servers,
             "--kafka-topic", name, *flags], env=harness.clean_environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)
        return done.returncode, done.stdout

    def ways(self, retained):
        against = ("--ledger", self.ledger)
        return {"alone": (), "ledger": against + (("--from-first-stored",) if retained else ())}

    def test_no_damage_is_clean(self):
        dump = self.record()
        self.admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": self.servers,
                                                        "log_level": 0})
        for retained in RETENTIONS:
            name = f"sound-{retained.replace(' ', '-')}"
            self.write(name, dump, retained)
            for way, flags in self.ways(retained).items():
                code, output = self.verified(name, *flags)
                self.assertEqual(code, 0, f"sound, {way}, retention: {retained}: {output}")
        # Nothing is left that a tape could be checked by, and nothing contradicts.
        self.write("late-only", dump, "all but LATE")
        code, output = self.verified("late-only")
        self.assertEqual(code, UNKNOWN, output)
        self.assertIn("retention has deleted", output)
        counts = collections.Counter()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for played in pool.map(lambda seed: self.play(seed, dump), range(1, SEEDS + 1)):
                counts.update(played)
        print(f"seeds {SEEDS}: {dict(counts)}", flush=True)
        self.assertEqual(counts["undetected"], 0)
        self.assertGreater(counts["detected"], SEEDS / 2)

    def play(self, seed, dump):
        """Returns what became of the damage of this seed in each way of verifying."""
        chance = random.Random(seed)
        retained = chance.choice(("", *RETENTIONS))
        name = f"damage-{seed}"
        damage = Damage(chance, dump)
        before, after = tapes(dump[""]), tapes(self.write(name, damage.dump, retained))
        outcomes = []
        for way, flags in self.ways(retained).items():
            one, two = (before, after) if way == "ledger" else (ids_of(before), ids_of(after))
            changed = one != two
            if way == "alone" and not retained:
                changed = changed and not begins_later(one, two)
            elif retained:
                changed = changed and not differs_by_retention(one, two)
            code, output = self.verified(name, *flags)
            if not changed:
                outcomes.append("without effect")
            elif code != 0:
                outcomes.append("detected")
            else:
                outcomes.append("undetected")
                print(f"UNDETECTED: seed {seed}, {way}, retention: {retained}: {damage.what}\n"
                      f"{output}", flush=True)
        for future in self.admin.delete_topics([name + ending for ending in ENDINGS]).values():
            future.result(30)
        return outcomes


if __name__ == "__main__":
    unittest.main()
