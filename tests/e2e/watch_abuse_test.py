"""The watch server among the worst of clients: the tape stays whole, memory bounded, and honest
scrapes are answered all the while."""

import http.client
import os
import random
import socket
import unittest

import harness

MALFORMED = 10_000
HALF_OPEN = 500
# A sanitizer keeps what is freed, a quarter of a gigabyte of it, and shadows every byte.
RSS_MAX_MB = 1024 if os.environ.get("TEST_SANITIZER") else 96

PIECES = [b"GET", b"POST", b" ", b"/", b"/metrics", b" HTTP/1.1", b"HTTP/9.9", b"\r\n", b"\n",
          b"Host: x", b":", b"Content-Length: 99999999999999999999", b"Content-Length: -1",
          b"Transfer-Encoding: chunked", b"\x00", b"\xff\xfe", b"%00", b"../" * 50, b"A" * 9000,
          b"Connection: keep-alive", b"Expect: 100-continue", b"\r\n\r\n", b"0\r\n\r\n"]


class Abuse(harness.WithExchange):
    def scrape(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/metrics")
            reply = connection.getresponse()
            page = reply.read().decode()
        finally:
            connection.close()
        self.assertEqual(reply.status, 200)
        lines = (line for line in page.splitlines() if not line.startswith("#"))
        return {name: float(number) for name, number in (line.rsplit(" ", 1) for line in lines)}

    def send_nonsense(self, chance):
        """Sends one malformed request; the answer is an error, or nothing."""
        request = b"".join(chance.choices(PIECES, k=chance.randint(1, 8)))
        with socket.create_connection(("127.0.0.1", self.port), 10) as client:
            try:
                client.sendall(request)
                client.shutdown(socket.SHUT_WR)
                answer = client.recv(64)
            except OSError:
                return
        if answer:
            self.assertRegex(answer, rb"^HTTP/1\.1 (200|4\d\d) ", request)

    def test_nonsense_and_silence_do_no_harm(self):
        self.start_exchange(speed="20")
        stream = self.start_stream()
        listening = self.wait_for(lambda: stream.events("watch.listening"), "the watch server",
                                  alive=(stream,))
        self.port = listening[0]["port"]
        self.wait_for(lambda: self.stored() > 100, "some trades", alive=(stream,))
        self.wait_for(lambda: self.scrape()["binance_connection_status"] == 1, "a live line",
                      alive=(stream,))

        silent = []
        for _ in range(HALF_OPEN):
            client = socket.create_connection(("127.0.0.1", self.port), 10)
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: ")
            silent.append(client)
        self.addCleanup(lambda: [client.close() for client in silent])
        self.assertEqual(self.scrape()["binance_connection_status"], 1)

        chance = random.Random(6)
        for number in range(MALFORMED):
            self.send_nonsense(chance)
            if number % 1000 == 0:
                self.scrape()
        shown = self.scrape()
        self.assertLess(shown["process_memory_rss_bytes"], RSS_MAX_MB * 1024 * 1024)
        self.assertLess(shown["process_open_fds"], 250)

        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade stored",
                      alive=(stream,))
        self.stop(stream)
        self.assert_whole()
        said = stream.events("stream.stopped")[0]
        self.assertEqual((said["lines_lost"], said["backfilled"]), (0, 0))


if __name__ == "__main__":
    unittest.main()
