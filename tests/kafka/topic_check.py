"""The rules that a live topic has to keep at every moment, without any I/O: messages come in, in
the order in which a `read_committed` reader received them, and violations come out.

- Each id of a symbol appears once. Doubles are counted by id, so a whole run that is repeated
  counts with every id of it.
- Ids of a symbol increase, but for trades with the condition LATE.
- A position record claims every id of its symbol from the first one in the topic to `last_id`,
  except those that it lists as missing. Once visible, it must claim only ids that are visible, too.
  The partitions of a transaction become visible one after the other, so a claim is judged when the
  reader has passed the high watermark that the trades' partition had after the claim was seen: all
  records of a committed transaction lie below it.
- A symbol's position never goes back.

Memory is bounded: ids are kept as ranges, claims and violations up to a maximum.
"""

import bisect
import collections
import dataclasses
import io
import json
import pathlib

from kafka_harness import confluent_kafka, fastavro

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = fastavro.parse_schema(json.loads((ROOT / "schemas" / "trade_v2.avsc").read_text()))
# Chosen: far more than a sound topic needs, and some megabytes at most.
RANGES_MAX = 1_000
CLAIMS_MAX = 100_000
VIOLATIONS_KEPT = 20
# Chosen: how long a claim that failed waits for its next judgement.
ASK_AGAIN_S = 0.2


def id_of(message):
    """The trade's id, from message_id: the first field, its length in one byte before it."""
    value = message.value()
    return int(value[6:6 + value[5] // 2].rsplit(b"-", 1)[1])


def is_late(message):
    record = fastavro.schemaless_reader(io.BytesIO(message.value()[5:]), SCHEMA)
    return "LATE" in record["trade_conditions"]


class IdRanges:
    """A set of ids, kept as sorted ranges that do not touch each other."""

    def __init__(self):
        self.ranges = []  # [first, last] each

    def add(self, number):
        """False when the id is in the set already."""
        ranges = self.ranges
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
            return True
        at = bisect.bisect_right(ranges, number, key=lambda one: one[0])
        if at > 0 and number <= ranges[at - 1][1]:
            return False
        after_last = at > 0 and ranges[at - 1][1] + 1 == number
        before_next = at < len(ranges) and ranges[at][0] - 1 == number
        if after_last and before_next:
            ranges[at - 1][1] = ranges.pop(at)[1]
        elif after_last:
            ranges[at - 1][1] = number
        elif before_next:
            ranges[at][0] = number
        else:
            ranges.insert(at, [number, number])
        return True

    def first_lacking(self, last, excepted):
        """The smallest id that is not in the set, from its first id to `last`, without those of the
        ranges `excepted`; None when there is none."""
        if not self.ranges:
            return last
        known = sorted([*self.ranges, *excepted]) if excepted else self.ranges
        reached = self.ranges[0][0] - 1
        for first, end in known:
            if reached >= last or first > reached + 1:
                break
            reached = max(reached, end)
        return None if reached >= last else reached + 1


@dataclasses.dataclass
class Claim:
    """The content of a position record for a symbol."""

    symbol: str
    last: int
    missing: list
    journal: str
    partition: int
    offset: int
    label: str
    target: int = -1
    not_before: float = 0.0
    failed_at: float = -1.0


@dataclasses.dataclass
class Violation:
    """A broken rule, with what the reader knew at that moment."""

    kind: str
    symbol: str
    number: int
    detail: str
    label: str

    def __str__(self):
        return f"{self.kind}: {self.symbol} {self.number}, {self.detail} [{self.label}]"


@dataclasses.dataclass
class Tape:
    """The visible trades of a symbol."""

    ids: IdRanges
    newest: int
    partition: int
    came: float


class TopicCheck:
    """Checks a topic of trades and its positions. `confirm_s` is how long a claim must stay unkept
    before it is a violation: a broker that was stopped can answer with an old high watermark for a
    moment. Claims that were kept only then are counted in `early_positions`. Without `with_trades`
    only positions are fed, and claims are believed."""

    def __init__(self, topic, confirm_s=0.0, with_trades=True):
        self.trades_topic = topic
        self.positions_topic = topic + ".positions"
        self.confirm_s = confirm_s
        self.with_trades = with_trades
        self.label = "start"
        self.now = 0.0
        self.tapes = {}
        self.positions = {}  # the newest claim of each symbol
        self.trades = 0
        self.silence = 0.0  # the longest of any symbol since it was last set to 0
        self.early_positions = 0
        self.counts = collections.Counter()
        self.violations = []
        self._reached = collections.Counter()  # by partition of the topic of trades
        self._fresh = collections.deque()
        self._asked = []
        self._due = collections.defaultdict(collections.deque)

    def feed(self, message):
        error = message.error()
        if error is not None:
            self._take_error(message, error)
        elif message.topic() == self.positions_topic:
            self._take_position(message)
        else:
            self._take_trade(message)

    def _take_error(self, message, error):
        if error.code() == confluent_kafka.KafkaError._AUTO_OFFSET_RESET:
            self._note("records are gone", message.topic() or "", message.offset(), str(error))
        if error.code() != confluent_kafka.KafkaError._PARTITION_EOF:
            return
        if message.topic() == self.trades_topic:
            self._advance(message.partition(), message.offset())

    def _take_trade(self, message):
        partition, offset = message.partition(), message.offset()
        # Claims are judged by what lies below their target, so before this record counts.
        self._advance(partition, offset)
        self._reached[partition] = offset + 1
        try:
            symbol, number = message.key().decode(), id_of(message)
            self._take_id(symbol, number, message)
        except (ValueError, IndexError, AttributeError, EOFError) as failure:
            self._note("unreadable", str(message.key()), offset,
                       f"partition {partition}: {failure}")

    def _take_id(self, symbol, number, message):
        self.trades += 1
        tape = self.tapes.get(symbol)
        if tape is None:
            tape = self.tapes[symbol] = Tape(IdRanges(), number - 1, message.partition(), self.now)
        self.silence = max(self.silence, self.now - tape.came)
        tape.came = self.now
        is_new = tape.ids.add(number)
        if not is_new:
            self._note("doubled", symbol, number, self._place(message, tape))
        elif number < tape.newest and not is_late(message):
            self._note("out of order", symbol, number, self._place(message, tape))
        if tape.partition != message.partition():
            self._note("another partition", symbol, number, self._place(message, tape))
        tape.newest = max(tape.newest, number)
        if len(tape.ids.ranges) > RANGES_MAX:
            self._note("too many holes", symbol, number, self._place(message, tape))
            tape.ids.ranges[0][1] = tape.ids.ranges.pop(1)[1]

    @staticmethod
    def _place(message, tape):
        return (f"partition {message.partition()} offset {message.offset()}, written at "
                f"{message.timestamp()[1] / 1000:.3f}; newest id {tape.newest}")

    def _take_position(self, message):
        key = message.key().decode() if message.key() else ""
        # Of dead letters, or of a transaction that ends a hanging one.
        if key.startswith("/") or not message.value():
            return
        try:
            value = json.loads(message.value())
            claim = Claim(key, value["last_id"], value.get("missing", []), value["journal"],
                          message.partition(), message.offset(), self.label)
        except (ValueError, KeyError) as failure:
            self._note("unreadable", key, message.offset(), f"a position: {failure!r}")
            return
        before = self.positions.get(key)
        if before is not None and claim.last < before.last:
            self._note("position went back", key, claim.last, f"it was {before.last}")
        self.positions[key] = claim
        self._check_claim(claim)

    def _check_claim(self, claim):
        if not self.with_trades or self._lacking(claim) is None:
            return
        if self.unjudged() >= CLAIMS_MAX:
            self._note("position unchecked", claim.symbol, claim.last,
                       f"more than {CLAIMS_MAX} claims wait")
            return
        self._fresh.append(claim)

    def _lacking(self, claim):
        tape = self.tapes.get(claim.symbol)
        return claim.last if tape is None else tape.ids.first_lacking(claim.last, claim.missing)

    def unjudged(self):
        """Returns the number of claims that are neither kept nor broken yet."""
        return len(self._fresh) + len(self._asked) + sum(map(len, self._due.values()))

    def questions(self):
        """The partitions of the topic of trades whose high watermark is needed; the answer has to
        be queried after this call, and comes by `answer`."""
        if self._asked:
            return set()
        for _ in range(len(self._fresh)):
            claim = self._fresh.popleft()
            if self._lacking(claim) is None:
                self._keep(claim)
            elif claim.not_before > self.now:
                self._fresh.append(claim)
            else:
                self._asked.append(claim)
        return {self._partition_of(claim) for claim in self._asked}

    def answer(self, ends):
        """The high watermarks by partition. Claims on partitions without one are queried
        again."""
        for claim in self._asked:
            partition = self._partition_of(claim)
            if partition in ends:
                claim.target = ends[partition]
                self._due[partition].append(claim)
            else:
                claim.not_before = self.now + ASK_AGAIN_S
                self._fresh.append(claim)
        self._asked = []
        for partition in ends:
            self._judge(partition)

    def _partition_of(self, claim):
        tape = self.tapes.get(claim.symbol)
        return claim.partition if tape is None else tape.partition

    def _advance(self, partition, offset):
        self._reached[partition] = max(self._reached[partition], offset)
        if self._due[partition]:
            self._judge(partition)

    def _judge(self, partition):
        due = self._due[partition]
        for _ in range(len(due)):
            claim = due.popleft()
            if claim.target > self._reached[partition]:
                due.append(claim)
                continue
            lacking = self._lacking(claim)
            if lacking is None:
                self._keep(claim)
            else:
                self._break(claim, lacking)

    def _keep(self, claim):
        self.early_positions += claim.failed_at >= 0

    def _break(self, claim, lacking):
        if claim.failed_at < 0:
            claim.failed_at = self.now
        if self.now - claim.failed_at < self.confirm_s:
            claim.not_before = self.now + ASK_AGAIN_S
            self._fresh.append(claim)
            return
        tape = self.tapes.get(claim.symbol)
        self._note("position ahead", claim.symbol, claim.last,
                   f"id {lacking} is not visible, newest id {tape.newest if tape else None}, "
                   f"read up to offset {self._reached[self._partition_of(claim)]} of partition "
                   f"{self._partition_of(claim)}; position at offset {claim.offset} by journal "
                   f"{claim.journal}, during {claim.label}")

    def _note(self, kind, symbol, number, detail):
        self.counts[kind] += 1
        if len(self.violations) < VIOLATIONS_KEPT:
            self.violations.append(Violation(kind, symbol, number, detail, self.label))

    def begin_silence(self):
        """Measures silence from this moment on."""
        self.silence = 0.0
        for tape in self.tapes.values():
            tape.came = self.now
