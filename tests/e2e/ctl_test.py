"""`k2 ctl` against a running stream: its commands are executed, only for its owner; and the
messages that the stream sends to its supervisor in the meantime, in the protocol of sd_notify."""

import json
import os
import socket
import stat
import threading
import unittest

import harness


class Master:
    """Listens as systemd does."""

    def __init__(self, folder):
        self.path = folder / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._heard = []
        # The kernel holds ten datagrams; a master takes them as they come.
        threading.Thread(target=self._listen, daemon=True).start()

    def environment(self):
        return {"NOTIFY_SOCKET": str(self.path), "WATCHDOG_USEC": "2000000"}

    def _listen(self):
        while message := self._socket.recv(65536).decode():
            self._heard += [fact for fact in message.splitlines() if fact.endswith("=1")]
        self._socket.close()

    def heard(self):
        """Every fact so far, in order, without its time or text."""
        return list(self._heard)

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.sendto(b"", str(self.path))


class Ctl(harness.WithExchange):
    def ctl(self, word, code=0):
        return self.run_k2(f"ctl-{word}", "ctl", word, "--data-dir", self.data_dir, code=code)

    def test_words_are_obeyed(self):
        self.start_exchange(speed="20")
        master = Master(self.folder)
        self.addCleanup(master.close)
        stream = self.start_stream(environment=master.environment())
        self.wait_for(lambda: self.stored() > 1000, "some trades", alive=(stream,))
        self.wait_for(lambda: "READY=1" in master.heard(), "readiness", alive=(stream,))
        mode = os.stat(self.data_dir / "admin.sock").st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o600)

        status = json.loads(self.ctl("status"))
        self.assertTrue(status["links"]["live"])
        self.assertIn("rotating", self.ctl("rotate"))
        self.wait_for(lambda: stream.events("binance_connection_rotation_triggered"),
                      "a rotation", alive=(stream,))
        self.ctl("reload")
        self.wait_for(lambda: stream.events("symbols.changed"), "the symbols read again",
                      alive=(stream,))
        self.wait_for(lambda: master.heard().count("READY=1") == 2, "the reload's end",
                      alive=(stream,))
        lived = master.heard().count("WATCHDOG=1")
        self.wait_for(lambda: master.heard().count("WATCHDOG=1") > lived, "a sign of life",
                      alive=(stream,))

        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade stored",
                      alive=(stream,))
        self.assertIn("draining", self.ctl("drain"))
        self.assertEqual(stream.wait(10), 0)
        self.assertFalse((self.data_dir / "admin.sock").exists())
        self.wait_for(lambda: "STOPPING=1" in master.heard(), "the end announced")
        told = [fact for fact in master.heard() if fact != "WATCHDOG=1"]
        self.assertEqual(told, ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"])
        self.assertEqual(master.heard()[-1], "STOPPING=1")
        self.assert_whole()

    def test_without_a_stream_it_says_so(self):
        self.data_dir.mkdir()
        self.assertIn("no stream records into", self.ctl("status", code=1))


if __name__ == "__main__":
    unittest.main()
