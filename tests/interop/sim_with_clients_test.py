"""`k2 sim` against clients on npm `ws` and on Python's `websockets`, over TLS with its own CA."""

import asyncio
import json
import ssl
import subprocess
import sys
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "support"), str(TESTS / "e2e")]
from environment import NODE_MODULES, enter_venv, node_with  # noqa: E402

enter_venv()

import harness  # noqa: E402
from websockets.asyncio.client import connect  # noqa: E402
from websockets.exceptions import ConnectionClosed  # noqa: E402

ANSWER_MAX_S = 20
FRAMES = 300


class SimWithClients(harness.EndToEnd):
    def setUp(self):
        super().setUp()
        self.ledger = self.folder / "ledger.csv"
        self.sim = self.start("sim", "sim", "--rate", 2000, "--ledger", self.ledger,
                              "--tls-dir", self.folder, "--duration", "120s")  # fmt: skip
        ready = self.wait_for(self._ready_line, "the ready line", alive=(self.sim,))
        addresses = dict(word.split("=", 1) for word in ready.split()[2:])
        self.url, self.ca = addresses["ws"], addresses["ca"]

    def _ready_line(self):
        lines = self.sim.output().splitlines()
        return next((line for line in lines if line.startswith("k2-sim ready")), None)

    def assert_published(self, frames):
        """Each frame is a trade of the ledger, and per symbol none is missing between."""
        self.stop(self.sim)
        rows = (line.split(",") for line in self.ledger.read_text().splitlines())
        ledger = {(symbol, int(number)): rest for symbol, number, *rest in rows}
        last = {}
        for frame in frames:
            message = json.loads(frame)
            trade = message["data"]
            name, number = trade["s"], trade["t"]
            self.assertEqual(message["stream"], name.lower() + "@trade")
            self.assertEqual(ledger[name, number][:2], [trade["p"], trade["q"]])
            self.assertEqual(number, last.get(name, number - 1) + 1)
            last[name] = number
        self.assertEqual(set(last), {"BTCUSDT", "ETHUSDT"})


class SimWithNodeWs(SimWithClients):
    def test_the_whole_dialogue_goes_as_the_protocol_says(self):
        node = node_with("ws")
        script = Path(__file__).with_name("ws_client.js")
        result = subprocess.run([node, str(script), self.url, self.ca, str(NODE_MODULES)],
                                capture_output=True, text=True, timeout=60)  # fmt: skip
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)

        self.assertEqual(report["feed"]["extensions"], "")  # deflate was offered and declined
        self.assertEqual(report["feed"]["end"][0], 1000)
        self.assertEqual(len(report["feed"]["frames"]), FRAMES)
        self.assertFalse(any(frame["isBinary"] for frame in report["feed"]["frames"]))
        self.assertEqual(report["pings"], [True, True, True])
        self.assertEqual(report["subscribe"]["replies"],
                         [{"result": None, "id": 1}, {"result": ["btcusdt@trade"], "id": 2}])
        self.assertEqual(report["subscribe"]["end"][0], 4321)
        self.assertEqual(report["closes"], [1000, 1001, 1012, 3000, 4999, 1005])
        self.assertEqual(report["refusals"], [1007, 1009, 1002, 1002])
        self.assert_published([frame["text"] for frame in report["feed"]["frames"]])


class SimWithWebsockets(SimWithClients):
    def connect(self, target):
        context = ssl.create_default_context(cafile=self.ca)
        # By default this client stops reading at 16 unread frames and then misses pong and close.
        return connect(self.url + target, ssl=context, max_queue=None, ping_interval=0.2,
                       open_timeout=ANSWER_MAX_S, close_timeout=ANSWER_MAX_S)  # fmt: skip

    def run_client(self, client):
        return asyncio.run(asyncio.wait_for(client(), 60))

    def test_a_feed_arrives_as_the_ledger_has_it(self):
        async def client():
            async with self.connect("/stream?streams=btcusdt@trade/ethusdt@trade") as connection:
                self.assertEqual(connection.protocol.extensions, [])  # deflate was declined
                return [await connection.recv() for _ in range(FRAMES)]

        self.assert_published(self.run_client(client))

    def test_pings_are_answered_with_their_payload(self):
        async def client():
            async with self.connect("/ws/btcusdt@trade") as connection:
                for payload in (b"", b"1766361600000", b"\x00\xff", b"x" * 125):
                    await asyncio.wait_for(await connection.ping(payload), ANSWER_MAX_S)
                await connection.pong(b"unasked")
                return await connection.recv()

        self.assertEqual(json.loads(self.run_client(client))["s"], "BTCUSDT")

    def test_requests_may_come_in_fragments(self):
        async def reply(connection, number):
            while True:
                message = json.loads(await connection.recv())
                if message.get("id") == number:
                    return message

        async def client():
            async with self.connect("/ws") as connection:
                text = json.dumps({"method": "SUBSCRIBE", "params": ["ethusdt@trade"], "id": 7})
                await connection.send([text[:3], "", text[3:20], text[20:]])
                first = await reply(connection, 7)
                while "s" not in (event := json.loads(await connection.recv())):
                    pass
                return first, event["s"]

        self.assertEqual(self.run_client(client), ({"result": None, "id": 7}, "ETHUSDT"))

    def test_a_close_is_echoed(self):
        async def client():
            codes = []
            for code in (1000, 1001, 1008, 3000, 4999):
                connection = await self.connect("/ws/btcusdt@trade")
                await asyncio.sleep(0.05)  # leave frames unread in front of the answer
                await connection.close(code, "bye")
                codes.append(connection.protocol.close_rcvd.code)
            return codes

        self.assertEqual(self.run_client(client), [1000, 1001, 1008, 3000, 4999])

    def test_what_breaks_the_protocol_is_told_so_by_code(self):
        async def client():
            codes = []
            for wrong in (b"\xff\xfe", b"cut \xe2\x82", b"x" * (300 * 1024)):
                connection = await self.connect("/ws/btcusdt@trade")
                await connection.send(wrong, text=True)
                try:
                    while True:
                        await connection.recv()
                except ConnectionClosed as closed:
                    codes.append(closed.rcvd.code)
            return codes

        self.assertEqual(self.run_client(client), [1007, 1007, 1009])


if __name__ == "__main__":
    unittest.main()
