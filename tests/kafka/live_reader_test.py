"""The rules of the live reader against made-up messages, without a broker."""

import io
import json
import unittest
from datetime import datetime, timezone
from decimal import Decimal

from kafka_harness import confluent_kafka, fastavro
import topic_check
from topic_check import IdRanges, TopicCheck

TRADES, POSITIONS = "trades", "trades.positions"
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


class Message:
    def __init__(self, topic, partition, offset, key=None, value=None, error=None):
        self._fields = {"topic": topic, "partition": partition, "offset": offset, "key": key,
                        "value": value, "error": error, "timestamp": (1, 1_000)}

    def __getattr__(self, name):
        return lambda: self._fields[name]


def trade_value(symbol, number, late=False):
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, topic_check.SCHEMA, {
        "message_id": f"binance-spot-{symbol}-{number}", "trade_id": f"BINANCE-{number}",
        "symbol": symbol, "exchange": "BINANCE", "asset_class": "crypto", "timestamp": NOW,
        "price": Decimal("1.5"), "quantity": Decimal("2"), "currency": "USDT", "side": "BUY",
        "trade_conditions": ["LATE"] if late else [], "source_sequence": number,
        "ingestion_timestamp": NOW, "platform_sequence": 1, "vendor_data": None,
        "event_timestamp": None})
    return b"\0\0\0\0\1" + stream.getvalue()


class Fed(unittest.TestCase):
    """A check that is fed a partition of trades and one of positions."""

    def setUp(self):
        self.check = TopicCheck(TRADES)
        self.offset = 0

    def trade(self, number, late=False, symbol="BTCUSDT", partition=0):
        self.check.feed(Message(TRADES, partition, self.offset, symbol.encode(),
                                trade_value(symbol, number, late)))
        self.offset += 1

    def trades(self, *numbers):
        for number in numbers:
            self.trade(number)

    def position(self, last, missing=None, symbol="BTCUSDT"):
        value = {"last_id": last, "journal": "one", "sequence": 1}
        if missing:
            value["missing"] = missing
        self.check.feed(Message(POSITIONS, 0, 0, symbol.encode(), json.dumps(value).encode()))

    def end_of_partition(self, offset):
        error = confluent_kafka.KafkaError(confluent_kafka.KafkaError._PARTITION_EOF)
        self.check.feed(Message(TRADES, 0, offset, error=error))

    def assert_found(self, **counts):
        found = {kind.replace(" ", "_"): count for kind, count in self.check.counts.items()}
        self.assertEqual(found, counts, self.check.violations)


class Trades(Fed):
    def test_ids_in_order_break_nothing(self):
        self.trades(5, 6, 7)
        self.trade(900, symbol="ETHUSDT", partition=1)
        self.trades(8, 10, 11)
        self.assert_found()
        self.assertEqual(self.check.trades, 7)
        self.assertEqual(self.check.tapes["BTCUSDT"].newest, 11)

    def test_each_id_of_a_repeated_run_counts(self):
        self.trades(*range(1, 101))
        self.trades(*range(41, 101))
        self.trades(101, 102)
        self.assert_found(doubled=60)
        self.assertEqual(len(self.check.violations), topic_check.VIOLATIONS_KEPT)
        self.assertEqual(self.check.violations[0].number, 41)
        self.assertIn("partition 0 offset 100", str(self.check.violations[0]))
        self.assertIn("newest id 100", str(self.check.violations[0]))

    def test_a_run_that_comes_three_times_counts_twice(self):
        self.trades(1, 2, 3, 2, 3, 2, 3)
        self.assert_found(doubled=4)

    def test_a_swapped_pair_is_out_of_order_and_not_doubled(self):
        self.trades(1, 2, 4, 3, 5)
        self.assert_found(out_of_order=1)
        self.assertEqual(self.check.violations[0].number, 3)

    def test_a_late_trade_may_come_behind_later_ones(self):
        self.trades(1, 2, 5)
        self.trade(3, late=True)
        self.trade(4, late=True)
        self.assert_found()
        self.assertEqual(self.check.tapes["BTCUSDT"].ids.ranges, [[1, 5]])

    def test_what_follows_a_late_trade_has_to_follow_the_newest_one(self):
        self.trades(1, 2, 5)
        self.trade(3, late=True)
        self.trade(4)
        self.assert_found(out_of_order=1)

    def test_a_late_trade_that_comes_again_is_doubled(self):
        self.trades(1, 3)
        self.trade(2, late=True)
        self.trade(2, late=True)
        self.assert_found(doubled=1)

    def test_a_symbol_stays_in_its_partition(self):
        self.trade(1)
        self.trade(2, partition=3)
        self.assert_found(another_partition=1)

    def test_what_is_no_trade_is_unreadable(self):
        self.check.feed(Message(TRADES, 0, 0, b"BTCUSDT", b"no trade"))
        self.check.feed(Message(TRADES, 0, 1, None, b""))
        self.assert_found(unreadable=2)

    def test_records_that_are_gone_are_a_violation(self):
        error = confluent_kafka.KafkaError(confluent_kafka.KafkaError._AUTO_OFFSET_RESET)
        self.check.feed(Message(TRADES, 0, 5, error=error))
        self.assert_found(records_are_gone=1)

    def test_holes_beyond_the_bound_are_counted_and_kept_no_more(self):
        self.trades(*range(0, 2 * topic_check.RANGES_MAX + 2, 2))
        self.assert_found(too_many_holes=1)
        self.assertEqual(len(self.check.tapes["BTCUSDT"].ids.ranges), topic_check.RANGES_MAX)

    def test_silence_is_that_of_the_symbol_that_stood_still_the_longest(self):
        self.check.now = 10.0
        self.trade(1)
        self.trade(1, symbol="ETHUSDT")
        self.check.now = 10.5
        self.check.begin_silence()
        self.check.now = 11.0
        self.trade(2)
        self.check.now = 13.5
        self.trade(2, symbol="ETHUSDT")
        self.trade(3)
        self.check.now = 14.0
        self.trade(4)
        self.assertEqual(self.check.silence, 3.0)
        self.check.begin_silence()
        self.assertEqual(self.check.silence, 0.0)


class Positions(Fed):
    def ask(self, end):
        """Queries the high watermark and answers with `end`."""
        self.assertEqual(self.check.questions(), {0})
        self.check.answer({0: end})

    def test_a_position_behind_its_records_needs_no_question(self):
        self.trades(1, 2, 3)
        self.position(3)
        self.assertEqual(self.check.unjudged(), 0)
        self.assertEqual(self.check.questions(), set())
        self.assertEqual(self.check.positions["BTCUSDT"].journal, "one")

    def test_a_position_ahead_of_its_records_is_a_violation_at_the_end_that_was_asked_for(self):
        self.trades(1, 2, 3)
        self.position(5)
        self.ask(end=4)
        self.assertEqual(self.check.unjudged(), 1)
        self.assert_found()
        self.end_of_partition(4)
        self.assert_found(position_ahead=1)
        self.assertEqual(self.check.violations[0].number, 5)
        self.assertIn("id 4 is not visible, newest id 3", str(self.check.violations[0]))
        self.assertEqual(self.check.unjudged(), 0)

    def test_records_that_become_visible_after_their_position_are_in_time_below_the_end(self):
        self.trades(1, 2, 3)
        self.position(5)
        self.ask(end=5)
        self.trades(4, 5)
        self.end_of_partition(6)
        self.assert_found()
        self.assertEqual(self.check.unjudged(), 0)

    def test_records_of_a_later_transaction_do_not_save_a_position(self):
        self.trades(1, 2, 3)
        self.position(5)
        self.ask(end=4)
        self.offset = 4
        self.assert_found()
        self.trades(4, 5)
        self.assert_found(position_ahead=1)

    def test_an_end_that_was_passed_already_is_judged_by_the_answer(self):
        self.trades(1, 2, 3)
        self.position(5)
        self.ask(end=3)
        self.assert_found(position_ahead=1)

    def test_a_hole_that_the_position_does_not_list_is_a_violation(self):
        self.trades(1, 2, 5, 6)
        self.position(6)
        self.ask(end=4)
        self.assert_found(position_ahead=1)
        self.assertIn("id 3 is not visible", str(self.check.violations[0]))

    def test_missing_ids_that_the_position_lists_need_not_be_there(self):
        self.trades(1, 2, 5, 6, 9)
        self.position(9, missing=[[3, 4], [7, 8]])
        self.position(9, missing=[[3, 8]])
        self.assertEqual(self.check.unjudged(), 0)
        self.position(9, missing=[[3, 3], [7, 8]])
        self.assertEqual(self.check.unjudged(), 1)

    def test_a_position_of_a_symbol_without_trades_is_ahead(self):
        self.position(1)
        self.ask(end=0)
        self.assert_found(position_ahead=1)

    def test_a_position_that_goes_back_is_a_violation(self):
        self.trades(1, 2, 3)
        self.position(3)
        self.position(2)
        self.assert_found(position_went_back=1)

    def test_positions_of_dead_letters_and_empty_records_claim_nothing(self):
        self.check.feed(Message(POSITIONS, 0, 0, b"/letters/one", b'{"number":7}'))
        self.check.feed(Message(POSITIONS, 0, 1, b"/swept", None))
        self.assert_found()
        self.assertEqual(self.check.unjudged(), 0)

    def test_a_question_without_an_answer_is_asked_again(self):
        self.position(1)
        self.assertEqual(self.check.questions(), {0})
        self.assertEqual(self.check.questions(), set())
        self.check.answer({})
        self.check.now += topic_check.ASK_AGAIN_S
        self.ask(end=0)
        self.assert_found(position_ahead=1)

    def test_a_claim_has_to_fail_for_as_long_as_it_takes_to_confirm_it(self):
        self.check = TopicCheck(TRADES, confirm_s=2.0)
        self.trades(1)
        self.position(3)
        self.ask(end=1)
        self.assert_found()
        self.assertEqual(self.check.questions(), set())
        self.check.now = 1.0
        self.ask(end=1)
        self.assert_found()
        self.check.now = 2.0
        self.ask(end=1)
        self.assert_found(position_ahead=1)

    def test_a_claim_that_is_kept_only_later_counts_as_early(self):
        self.check = TopicCheck(TRADES, confirm_s=2.0)
        self.trades(1)
        self.position(3)
        self.ask(end=1)
        self.trades(2, 3)
        self.check.now = 1.0
        self.assertEqual(self.check.questions(), set())
        self.assert_found()
        self.assertEqual(self.check.early_positions, 1)
        self.assertEqual(self.check.unjudged(), 0)

    def test_without_trades_claims_are_believed_and_must_not_go_back(self):
        self.check = TopicCheck(TRADES, with_trades=False)
        self.position(3)
        self.assertEqual(self.check.unjudged(), 0)
        self.position(2)
        self.assert_found(position_went_back=1)


class Ranges(unittest.TestCase):
    def added(self, *numbers):
        ids = IdRanges()
        for number in numbers:
            self.assertTrue(ids.add(number))
        return ids

    def test_ranges_that_touch_become_one(self):
        self.assertEqual(self.added(5, 7, 6).ranges, [[5, 7]])
        self.assertEqual(self.added(5, 9, 8, 6).ranges, [[5, 6], [8, 9]])
        self.assertEqual(self.added(5, 3, 1).ranges, [[1, 1], [3, 3], [5, 5]])

    def test_an_id_is_added_once(self):
        ids = self.added(1, 2, 3, 7)
        for number in (1, 2, 3, 7):
            self.assertFalse(ids.add(number))

    def test_the_first_id_that_is_lacking(self):
        ids = self.added(10, 11, 14, 15)
        self.assertIsNone(ids.first_lacking(11, []))
        self.assertEqual(ids.first_lacking(15, []), 12)
        self.assertEqual(ids.first_lacking(15, [[12, 12]]), 13)
        self.assertIsNone(ids.first_lacking(15, [[12, 13]]))
        self.assertEqual(ids.first_lacking(17, [[12, 13]]), 16)
        self.assertIsNone(ids.first_lacking(15, [[2, 3], [12, 13]]))
        self.assertEqual(IdRanges().first_lacking(3, []), 3)


if __name__ == "__main__":
    unittest.main()
