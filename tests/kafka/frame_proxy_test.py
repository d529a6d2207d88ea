"""The proxy of frame_proxy.py against a small server that answers every frame: what passes, what a
rule does to it, and that a request which was held back arrives later on its old connection.
"""

import socket
import struct
import threading
import unittest

import frame_proxy
import kafka_frames
from frame_proxy import RESPONSE, FrameProxy
from kafka_frames import END_TXN, FETCH, METADATA, PRODUCE

WAIT_S = 30


def framed(content):
    return struct.pack(">i", len(content)) + content


def request(api_key, correlation_id, body=b"", version=0, client_id="k2-test"):
    name = b"" if client_id is None else client_id.encode()
    size = -1 if client_id is None else len(name)
    return framed(struct.pack(">hhih", api_key, version, correlation_id, size) + name + body)


def end_txn(correlation_id, committed, version=1):
    """An EndTxn of producer 7, epoch 3."""
    if version < 3:
        return request(END_TXN, correlation_id, struct.pack(">h", 2) + b"tx" +
                       struct.pack(">qhb", 7, 3, committed), version)
    return request(END_TXN, correlation_id, b"\0" + b"\3tx" +
                   struct.pack(">qhb", 7, 3, committed) + b"\0", version)


class Server:
    """Answers each frame with its correlation id and b"ok"; keeps the bodies that came."""

    def __init__(self):
        self.came = []  # (connection, api key, correlation id)
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self):
        number = 0
        while True:
            try:
                one, _ = self._listener.accept()
            except OSError:
                return
            number += 1
            thread = threading.Thread(target=self._serve, args=(number, one), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, number, one):
        with one:
            try:
                while (frame := frame_proxy.read_frame(one)) is not None:
                    head = kafka_frames.parse_request(frame)
                    with self._changed:
                        self.came.append((number, head.api_key, head.correlation_id))
                        self._changed.notify_all()
                    # To an EndTxn: no throttling, error 0.
                    answer = b"\0" * 6 if head.api_key == END_TXN else b"ok"
                    one.sendall(framed(struct.pack(">i", head.correlation_id) + answer))
            except OSError:
                pass

    def wait_for(self, condition):
        with self._changed:
            return self._changed.wait_for(condition, WAIT_S)

    def stop(self):
        frame_proxy.close(self._listener)
        for thread in self._threads:
            thread.join()


class WithProxy(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.proxy = FrameProxy(self.server.port)
        self.addCleanup(self.server.stop)
        self.addCleanup(self.proxy.stop)

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.proxy.port), timeout=WAIT_S)
        self.addCleanup(client.close)
        return client

    def answer(self, client):
        """The correlation id of the next response; None when the connection ended."""
        try:
            frame = frame_proxy.read_frame(client)
        except ConnectionResetError:
            return None
        return None if frame is None else kafka_frames.correlation_id_of(frame)


class Forwarding(WithProxy):
    def test_frames_pass_and_are_counted_by_api_key(self):
        client = self.connect()
        client.sendall(request(METADATA, 1) + request(FETCH, 2) + request(FETCH, 3))
        self.assertEqual([self.answer(client) for _ in range(3)], [1, 2, 3])
        self.assertTrue(self.proxy.wait_for(lambda: self.proxy.responses[FETCH] == 2, WAIT_S))
        self.assertEqual(dict(self.proxy.requests), {METADATA: 1, FETCH: 2})
        self.assertEqual(dict(self.proxy.responses), {METADATA: 1, FETCH: 2})
        # 4 length, 10 header, 7 client id; and 4 length, 4 correlation id, 2 body.
        self.assertEqual(dict(self.proxy.passed_bytes), {"request": 63, "response": 30})

    def test_a_frame_may_come_byte_by_byte(self):
        client = self.connect()
        for byte in request(METADATA, 9):
            client.sendall(bytes([byte]))
        self.assertEqual(self.answer(client), 9)

    def test_what_is_no_frame_ends_the_connection(self):
        client = self.connect()
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        self.assertIsNone(self.answer(client))
        self.assertEqual(self.server.came, [])

    def test_refused_connections_come_back(self):
        client = self.connect()
        client.sendall(request(METADATA, 1))
        self.assertEqual(self.answer(client), 1)
        self.proxy.refuse()
        self.assertIsNone(self.answer(client))
        with self.assertRaises(ConnectionRefusedError):
            self.connect()
        self.proxy.accept()
        client = self.connect()
        client.sendall(request(METADATA, 2))
        self.assertEqual(self.answer(client), 2)

    def test_a_limited_link_passes_everything(self):
        self.proxy.limit(10_000_000)
        client = self.connect()
        client.sendall(request(PRODUCE, 1, body=b"x" * 100_000))
        self.assertEqual(self.answer(client), 1)
        self.assertEqual(self.proxy.passed_bytes["request"], 100_021)


class Rules(WithProxy):
    def test_a_held_request_arrives_later_on_its_old_connection(self):
        hold = self.proxy.hold(END_TXN, kafka_frames.is_commit)
        client = self.connect()
        client.sendall(end_txn(1, committed=False))
        self.assertEqual(self.answer(client), 1)
        client.sendall(end_txn(2, committed=True))
        self.assertTrue(self.proxy.wait_for(lambda: hold.is_held, WAIT_S))
        again = self.connect()
        again.sendall(end_txn(3, committed=True))
        self.assertEqual(self.answer(again), 3)
        self.assertEqual(self.server.came, [(1, END_TXN, 1), (2, END_TXN, 3)])
        response = hold.release()
        self.assertEqual(kafka_frames.end_txn_error(response), 0)
        self.assertEqual(self.server.came[2:], [(1, END_TXN, 2)])
        self.assertIsNotNone(hold.release())
        self.assertEqual(self.server.came[3:], [(1, END_TXN, 2)])

    def test_the_client_of_a_held_request_is_reset(self):
        hold = self.proxy.hold(FETCH)
        client = self.connect()
        client.sendall(request(FETCH, 1))
        self.assertTrue(self.proxy.wait_for(lambda: hold.is_held, WAIT_S))
        with self.assertRaises(ConnectionResetError):
            client.recv(1)

    def test_a_request_that_is_discarded_never_arrives(self):
        hold = self.proxy.hold(FETCH)
        client = self.connect()
        client.sendall(request(FETCH, 1))
        self.assertTrue(self.proxy.wait_for(lambda: hold.is_held, WAIT_S))
        hold.discard()
        self.assertTrue(self.proxy.wait_for(lambda: hold.connection.ended, WAIT_S))
        self.assertEqual(self.server.came, [])

    def test_a_hold_that_is_discarded_early_keeps_nothing_back(self):
        self.proxy.hold(FETCH).discard()
        client = self.connect()
        client.sendall(request(FETCH, 1))
        self.assertEqual(self.answer(client), 1)

    def test_a_held_request_may_be_released_while_a_response_waits(self):
        """This is how a test delivers a late commit between a Produce and its acknowledgement."""
        hold = self.proxy.hold(END_TXN)
        order = []
        self.proxy.before(FETCH, lambda _: order.append(hold.release() is not None),
                          direction=RESPONSE, times=1)
        self.connect().sendall(end_txn(1, committed=True))
        self.assertTrue(self.proxy.wait_for(lambda: hold.is_held, WAIT_S))
        client = self.connect()
        client.sendall(request(FETCH, 2))
        self.assertEqual(self.answer(client), 2)
        self.assertEqual(order, [True])
        self.assertEqual(self.server.came, [(2, FETCH, 2), (1, END_TXN, 1)])

    def test_a_release_to_a_server_that_is_gone_returns_nothing(self):
        hold = self.proxy.hold(FETCH)
        self.connect().sendall(request(FETCH, 1))
        self.assertTrue(self.proxy.wait_for(lambda: hold.is_held, WAIT_S))
        self.proxy.reset_all()
        self.assertIsNone(hold.release())

    def test_a_dropped_request_leaves_the_connection_as_it_is(self):
        self.proxy.drop(FETCH)
        client = self.connect()
        client.sendall(request(FETCH, 1) + request(FETCH, 2))
        self.assertEqual(self.answer(client), 2)
        self.assertEqual(self.server.came, [(1, FETCH, 2)])

    def test_a_dropped_response_was_executed(self):
        self.proxy.drop(FETCH, direction=RESPONSE)
        client = self.connect()
        client.sendall(request(FETCH, 1) + request(FETCH, 2))
        self.assertEqual(self.answer(client), 2)
        self.assertEqual(self.server.came, [(1, FETCH, 1), (1, FETCH, 2)])

    def test_a_reset_at_a_request_keeps_it_from_the_broker(self):
        self.proxy.reset(FETCH)
        client = self.connect()
        client.sendall(request(METADATA, 1))
        self.assertEqual(self.answer(client), 1)
        client.sendall(request(FETCH, 2))
        self.assertIsNone(self.answer(client))
        again = self.connect()
        again.sendall(request(FETCH, 3))
        self.assertEqual(self.answer(again), 3)
        self.assertEqual(self.server.came, [(1, METADATA, 1), (2, FETCH, 3)])

    def test_a_reset_at_a_response_loses_the_answer_alone(self):
        self.proxy.reset(FETCH, direction=RESPONSE)
        client = self.connect()
        client.sendall(request(FETCH, 1))
        self.assertIsNone(self.answer(client))
        self.assertEqual(self.server.came, [(1, FETCH, 1)])

    def test_a_delay_keeps_the_order(self):
        self.proxy.delay(FETCH, 0.05)
        client = self.connect()
        client.sendall(request(FETCH, 1) + request(METADATA, 2))
        self.assertEqual([self.answer(client), self.answer(client)], [1, 2])

    def test_a_rule_applies_where_it_says_and_as_often(self):
        self.proxy.drop(FETCH, where=lambda one: one.client_id == "other", times=1)
        client = self.connect()
        client.sendall(request(FETCH, 1, client_id=None) + request(FETCH, 2, client_id="other") +
                       request(FETCH, 3, client_id="other"))
        self.assertEqual([self.answer(client), self.answer(client)], [1, 3])

    def test_a_removed_rule_applies_no_more(self):
        rule = self.proxy.drop(FETCH, times=float("inf"))
        client = self.connect()
        client.sendall(request(FETCH, 1))
        self.assertTrue(self.proxy.wait_for(lambda: self.proxy.requests[FETCH] == 1, WAIT_S))
        self.proxy.remove(rule)
        client.sendall(request(FETCH, 2))
        self.assertEqual(self.answer(client), 2)


class Bandwidth(unittest.TestCase):
    def test_bytes_pass_one_after_the_other(self):
        link = frame_proxy.Bandwidth(1_000)
        # The first moment counts as idle, and makes up for 20 ms.
        self.assertAlmostEqual(link.take(100, now=50.0), 0.08)
        self.assertAlmostEqual(link.take(100, now=50.0), 0.18)
        self.assertAlmostEqual(link.take(100, now=50.1), 0.18)

    def test_an_idle_link_saves_up_nothing(self):
        link = frame_proxy.Bandwidth(1_000)
        link.take(100, now=50.0)
        self.assertAlmostEqual(link.take(1_000, now=90.0), 0.98)


class Frames(unittest.TestCase):
    def test_an_end_of_a_transaction_in_each_layout(self):
        for version in (0, 1, 2, 3, 4):
            found = kafka_frames.parse_request(end_txn(5, committed=True, version=version))
            self.assertEqual(kafka_frames.end_txn(found),
                             kafka_frames.EndTxn("tx", 7, 3, True), version)
        self.assertFalse(kafka_frames.is_commit(
            kafka_frames.parse_request(end_txn(5, committed=False))))
        self.assertFalse(kafka_frames.is_commit(kafka_frames.parse_request(request(FETCH, 1))))

    def test_the_error_of_its_response(self):
        older = kafka_frames.parse_request(end_txn(5, committed=True))
        newer = kafka_frames.parse_request(end_txn(5, committed=True, version=3))
        self.assertEqual(kafka_frames.end_txn_error(kafka_frames.Response(
            older, framed(struct.pack(">iih", 5, 0, 90)))), 90)
        self.assertEqual(kafka_frames.end_txn_error(kafka_frames.Response(
            newer, framed(struct.pack(">ibihb", 5, 0, 0, 47, 0)))), 47)

    def test_where_a_produce_goes_in_each_layout(self):
        older = (struct.pack(">h", 2) + b"tx" + struct.pack(">hii", -1, 30_000, 2) +
                 struct.pack(">h", 6) + b"trades" + struct.pack(">i", 2) +
                 struct.pack(">ii", 3, 5) + b"batch" + struct.pack(">ii", 1, -1) +
                 struct.pack(">h", 1) + b"p" + struct.pack(">iii", 1, 0, 0))
        newer = (b"\0" + b"\3tx" + struct.pack(">hi", -1, 30_000) + b"\3" + b"\7trades" + b"\3" +
                 struct.pack(">i", 3) + b"\6batch" + b"\0" +
                 struct.pack(">i", 1) + b"\0" + b"\1\0\1x" + b"\0" +
                 b"\2p" + b"\2" + struct.pack(">i", 0) + b"\1" + b"\0" + b"\0" + b"\0")
        for version, body in ((7, older), (9, newer)):
            self.assertEqual(
                kafka_frames.produced_to(kafka_frames.parse_request(
                    request(PRODUCE, 1, body, version))),
                [("trades", 3), ("trades", 1), ("p", 0)], version)

    def test_a_frame_that_ends_within_a_field_is_refused(self):
        with self.assertRaises(kafka_frames.NotKafka):
            kafka_frames.parse_request(framed(b"\0\0\0"))

    def test_names(self):
        self.assertEqual(kafka_frames.name_of(26), "END_TXN")
        self.assertEqual(kafka_frames.name_of(77), "77")


if __name__ == "__main__":
    unittest.main()
