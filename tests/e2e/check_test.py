"""`k2 check` where all is well and where something is not: what it names, and its exit code."""

import json
import socket
import unittest

import harness


class Check(harness.WithExchange):
    def setUp(self):
        super().setUp()
        self.start_exchange(speed="1", subscribed=1)

    def check(self, code, symbols="BTCUSDT,ETHUSDT", stream_url=None, trusted=True, name="check",
              listen="127.0.0.1:0"):
        """The findings by subject; a subject without its URL or host."""
        output = self.run_k2(
            name, "check", "--symbols", symbols, "--data-dir", self.data_dir,
            "--stream-url", stream_url or self.place["ws"], "--rest-url", self.place["rest"],
            "--metrics-listen", listen, "--json",
            *(("--custom-ca-bundle", self.place["ca"]) if trusted else ()), code=code)
        report = json.loads(output[output.index("{\n"):])
        return {finding["subject"].split(" tls:")[0].split(" of ")[0]: finding
                for finding in report["findings"]}

    def test_all_that_a_stream_needs_is_looked_at(self):
        found = self.check(code=0)
        for subject in ("disk room", "disk speed", "open files", "file size", "metrics.listen",
                        "clock", "REST weight", "symbols", "line", "certificates"):
            self.assertIn(subject, found)
            self.assertNotEqual(found[subject]["grade"], "fail", found[subject])
        self.assertIn("TLSv1.3", found["line"]["seen"])
        self.assertIn("first market data", found["line"]["seen"])
        self.assertIn("CN=", found["certificates"]["seen"])
        self.assertFalse(list(self.data_dir.iterdir()), "nothing is left behind")

    def test_what_is_wrong_is_named(self):
        found = self.check(symbols="BTCUSDT,NOSUCH", code=1)
        self.assertEqual(found["symbols"]["grade"], "fail")
        self.assertIn("NOSUCH", found["symbols"]["seen"])

        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
            found = self.check(stream_url=f"wss://127.0.0.1:{port}", code=1, name="closed")
        self.assertEqual(found["line"]["grade"], "fail")
        self.assertIn("connect_failed", found["line"]["seen"])

        found = self.check(trusted=False, code=1, name="untrusted")
        self.assertIn("tls_certificate", found["line"]["seen"])
        self.assertIn("custom_ca_bundle", found["line"]["seen"])

    def test_a_probe_asks_the_stream_that_runs(self):
        listen = f"127.0.0.1:{harness.free_port()}"
        probe = ("check", "--ready", "--symbols", "BTCUSDT", "--metrics-listen", listen)
        self.assertIn("connect_failed", self.run_k2("early", *probe, code=1))
        stream = self.start_stream("--metrics-listen", listen)
        self.wait_for(lambda: self.start("probe", *probe).wait() == 0, "the stream to be ready",
                      alive=(stream,))
        found = self.check(0, name="beside", listen=listen)["metrics.listen"]
        self.assertEqual(found["grade"], "ok")
        self.assertIn("a stream of k2 ", found["seen"])
        self.stop(stream)
        with socket.create_server(("127.0.0.1", int(listen.split(":")[1]))):
            found = self.check(1, name="taken", listen=listen)["metrics.listen"]
        self.assertIn("not by a stream of K2", found["seen"])


if __name__ == "__main__":
    unittest.main()
