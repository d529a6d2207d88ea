"""Real containers: compose.yml with the exchange simulator becomes healthy, shares the topic
between two streams when it is scaled, and moves the symbols of the one that is stopped to the
other, which is of another version; then back again. A `read_committed` reader that shares no code
with K2 finds every trade once and in order.

The images are made with what Docker needs of the network; then the network is taken away: all
containers run in a network of their own, with nothing but themselves.
"""

import json
import pathlib
import sys
import time
import unittest
import urllib.parse
import urllib.request

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "support"),
                str(pathlib.Path(__file__).resolve().parents[1] / "kafka")]
import engine  # noqa: E402
import kafka_harness  # noqa: E402

engine.require()

VERSION = "0.1.0"
NEXT = "0.1.0-next"
SYMBOLS = [f"{name}USDT" for name in "BTC ETH SOL XRP BNB DOGE ADA TRX LINK AVAX SUI XLM".split()]
SIZE_MAX_MB = 120
SERVICES = ("kafka", "schema-registry", "prometheus", "alertmanager", "exchange", "binance-stream")
POST = (r"exec 3<>/dev/tcp/127.0.0.1/8080; printf 'POST /faults HTTP/1.1\r\nHost: k2\r\n"
        r"Connection: close\r\nContent-Length: %d\r\n\r\n%s' >&3; cat <&3")


class InContainers(kafka_harness.WithKafka):
    versions = [VERSION]

    def setUp(self):
        kafka_harness.harness.EndToEnd.setUp(self)
        self.servers = "127.0.0.1:29092"
        self.registry = "http://127.0.0.1:8081/apis/ccompat/v7"
        self.ledger = self.folder / "ledger.csv"
        self.engine = engine.Engine(self.folder)
        self.addCleanup(self.engine.remove)
        self.engine.start()
        self.engine.build_images(kafka_harness.harness.k2_binary(), self.versions)
        self.build_more()
        self.engine.stop()
        engine.enter_own_network()
        self.engine.start()
        self.compose = engine.Compose(self.engine, {
            "K2_IMAGE": f"k2:{VERSION}", "K2_BINANCE_SYMBOLS": ",".join(SYMBOLS),
            "K2_SIM_RATE": "1000",
            "K2_SIM_FLAGS": f"--start-when-subscribed {len(SYMBOLS)}"})
        self.addCleanup(self._end)

    def build_more(self):
        """Further images, while there is a network."""

    def _end(self):
        if self._outcome.result.failures or self._outcome.result.errors:
            print(self.compose("ps"), self.compose("logs", "--tail", 20), flush=True)
        self.compose("down", "--volumes", "--timeout", 5)

    def state(self, container):
        return json.loads(self.engine.docker("inspect", "--format", "{{json .State}}", container))

    def wait_healthy(self, service, count=1):
        def healthy():
            found = [self.state(name) for name in self.compose.containers(service)]
            return len(found) == count and all(
                state["Running"] and state["Health"]["Status"] == "healthy" for state in found)

        self.wait_for(healthy, f"{service} to be healthy")

    def owned(self, container):
        """The partitions that it delivers, by its own log."""
        owned = set()
        for line in self.engine.logs(container).splitlines():
            event = json.loads(line)
            if event["event"] == "stream.stopped":
                owned = set()
            elif event["event"] in ("kafka.owned", "kafka.revoked", "kafka.lost"):
                listed = {int(word) for word in event["partitions"].split(",") if word}
                owned = listed if event["event"] == "kafka.owned" else owned - listed
        return owned

    def wait_shared(self, *containers):
        def shared():
            owned = [self.owned(container) for container in containers]
            return all(owned) and sorted(sum(map(sorted, owned), [])) == list(range(12))

        self.wait_for(shared, f"{len(containers)} to share the partitions")

    def asked(self, url):
        with urllib.request.urlopen(url, timeout=10) as reply:
            return json.load(reply)

    def exchange_does(self, fault):
        exchange, = self.compose.containers("exchange")
        answer = self.engine.docker("exec", exchange, "bash", "-c", POST % (len(fault), fault))
        self.assertIn(" 200 ", answer.splitlines()[0])

    def halt_exchange(self):
        """Nothing is traded any more; its ledger is what was."""
        self.exchange_does("halt")
        exchange, = self.compose.containers("exchange")
        before = None

        def still():
            nonlocal before
            last, before = before, self.engine.docker("exec", exchange, "cat",
                                                      "/exchange/ledger.csv")
            return last == before

        self.wait_for(still, "the market to stand still")
        self.ledger.write_text(before + "\n")

    def assert_all_delivered(self):
        """The end of the trading day: the reader finds all that was published."""
        self.halt_exchange()
        self.wait_for(lambda: self.delivered() >= len(self.published()), "every trade delivered")
        self.assert_topic_whole()
        print(f"{len(self.published())} trades: 0 missing, 0 duplicate, 0 out of order", flush=True)


class Scaling(InContainers):
    versions = [VERSION, NEXT]

    def check_image(self):
        seen = json.loads(self.engine.docker("image", "inspect", f"k2:{VERSION}"))[0]
        size = seen["Size"] / 1e6
        print(f"the image has {size:.1f} MB", flush=True)
        self.assertLess(size, SIZE_MAX_MB)
        self.assertEqual(seen["Config"]["User"], "k2")
        label = seen["Config"]["Labels"]["org.opencontainers.image.version"]
        said = self.engine.docker("run", "--rm", "--network", "none", "--read-only",
                                  f"k2:{VERSION}", "--version")
        self.assertEqual(said.split()[:2], ["k2", label])

    def check_prometheus(self, streams):
        query = "http://127.0.0.1:9090/api/v1/query?" + urllib.parse.urlencode(
            {"query": "binance_connection_status == 1"})
        self.wait_for(lambda: len({found["metric"]["instance"] for found in
                                   self.asked(query)["data"]["result"]}) == streams,
                      f"Prometheus to see {streams} connected streams")
        groups = self.asked("http://127.0.0.1:9090/api/v1/rules")["data"]["groups"]
        self.assertGreater(sum(len(group["rules"]) for group in groups), 10)
        found = self.asked("http://127.0.0.1:9090/api/v1/alertmanagers")["data"]
        self.assertEqual(len(found["activeAlertmanagers"]), 1)

    def version(self, container):
        return self.engine.docker("inspect", "--format", "{{.Config.Image}}", container)

    def change(self, what, before, after):
        """One stops, the other takes everything over; returns the time that this took."""
        began = time.monotonic()
        self.engine.docker("stop", before)
        self.assertEqual(self.state(before)["ExitCode"], 0)
        self.wait_shared(after)
        print(f"{what}: {time.monotonic() - began:.1f} s", flush=True)

    def test_a_version_takes_over_from_another_and_back_without_losing_a_trade(self):
        self.check_image()
        self.compose("up", "-d")
        for service in SERVICES:
            self.wait_healthy(service)
        first, = self.compose.containers("binance-stream")
        self.assertEqual(self.engine.docker("exec", first, "id", "-u"), "10001")
        self.assertFalse(self.engine.answers("exec", first, "touch", "/usr/file"))
        self.wait_for(lambda: self.delivered() > 1_000, "trades in the topic")

        self.compose.settings["K2_IMAGE"] = f"k2:{NEXT}"
        self.compose("up", "-d", "--scale", "binance-stream=2", "--no-recreate")
        self.assertEqual(self.compose.containers("binance-stream")[0], first)
        _, second = self.compose.containers("binance-stream")
        self.assertEqual((self.version(first), self.version(second)),
                         (f"k2:{VERSION}", f"k2:{NEXT}"))
        self.wait_shared(first, second)
        self.wait_healthy("binance-stream", 2)
        self.check_prometheus(2)

        self.change("the next version takes over", first, second)
        self.engine.docker("start", first)
        self.wait_shared(first, second)
        self.change("and the former one again", second, first)
        self.assert_all_delivered()


if __name__ == "__main__":
    unittest.main()
