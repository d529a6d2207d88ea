"""Lines and REST through a real HTTP proxy: tinyproxy, with and without a password."""

import shutil
import socket
import unittest

import harness


class Proxies(harness.WithExchange):
    def setUp(self):
        super().setUp()
        self.binary = shutil.which("tinyproxy", path="/usr/bin:/usr/sbin:/bin")
        if not self.binary:
            self.fail("tinyproxy is not installed: ./dev setup test")
        self.port = harness.free_port()

    def start_proxy(self, login=None, allow_ports=True):
        self.proxy_log = self.folder / "tinyproxy.log"
        lines = [f"Port {self.port}", "Listen 127.0.0.1", "Timeout 60", "MaxClients 100",
                 f'LogFile "{self.proxy_log}"', "LogLevel Connect", "Allow 127.0.0.1"]
        if login:
            lines.append("BasicAuth {} {}".format(*login))
        if not allow_ports:
            lines.append("ConnectPort 1")
        configuration = self.folder / "tinyproxy.conf"
        configuration.write_text("\n".join(lines) + "\n")
        proxy = self.start("tinyproxy", "-d", "-c", configuration, program=self.binary)
        self.wait_for(self.proxy_listens, "the proxy", alive=(proxy,))
        return proxy

    def proxy_listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def url(self, login=""):
        return f"http://{login}127.0.0.1:{self.port}"

    def connects(self, place):
        """The number of tunnels to an address of the exchange in the proxy's own log."""
        target = f"CONNECT {place.split('://')[1]} "
        return self.proxy_log.read_text(errors="replace").count(target)

    def record_all(self, url):
        """Records the whole recording, with a gap that only REST can fill."""
        self.start_exchange("--fault", "drop at-trade=9000 how=rst")
        stream = self.start_stream("--proxy-url", url, "--log-level", "debug")
        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade",
                      alive=(stream, self.proxy))
        self.stop(stream)
        self.assert_whole()
        self.assertGreaterEqual(self.connects(self.place["ws"]), 3, "two lines and a new one")
        self.assertGreaterEqual(self.connects(self.place["rest"]), 2, "the listing, and the repair")
        self.assertNotIn("horse", stream.output())

    def test_all_goes_through_it(self):
        self.proxy = self.start_proxy()
        self.record_all(self.url())

    def test_all_goes_through_it_with_a_password(self):
        self.proxy = self.start_proxy(login=("battery", "horse"))
        self.record_all(self.url("battery:horse@"))

    def refused(self, url):
        """The stream's log about its first connection while the proxy refuses it."""
        self.start_exchange()
        stream = self.start_stream("--proxy-url", url)
        closed = self.wait_for(
            lambda: [change for change in stream.events("connection.changed")
                     if change["to"] == "closed"],
            "a refusal", alive=(stream,))
        self.stop(stream)
        return closed[0]["error"]

    def test_a_wrong_password_is_named_and_not_repeated(self):
        self.start_proxy(login=("battery", "staple"))
        error = self.refused(self.url("battery:horse@"))
        self.assertIn("correct them there", error)
        self.assertNotIn("horse", error)

    def test_a_missing_password_is_named(self):
        self.start_proxy(login=("battery", "staple"))
        self.assertIn("put user and password into binance.proxy_url", self.refused(self.url()))

    def test_a_port_that_it_does_not_open_is_named(self):
        self.start_proxy(allow_ports=False)
        self.assertIn("its operator must allow CONNECT", self.refused(self.url()))

    def test_one_that_is_down_is_named_and_found_when_it_is_back(self):
        self.start_exchange()
        stream = self.start_stream("--proxy-url", self.url())
        closed = self.wait_for(
            lambda: [change for change in stream.events("connection.changed")
                     if change["to"] == "closed"],
            "a refusal", alive=(stream,))
        self.assertIn("check binance.proxy_url", closed[0]["error"])
        proxy = self.start_proxy()
        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade",
                      alive=(stream, proxy))
        self.stop(stream)
        self.assert_whole()


if __name__ == "__main__":
    unittest.main()
