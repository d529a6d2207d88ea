"""`k2 ctl` against a running stream: its words are obeyed, and only by its owner's hand."""

import json
import os
import stat
import unittest

import harness


class Ctl(harness.WithExchange):
    def ctl(self, word, code=0):
        return self.run_k2(f"ctl-{word}", "ctl", word, "--data-dir", self.data_dir, code=code)

    def test_words_are_obeyed(self):
        self.start_exchange(speed="20")
        stream = self.start_stream()
        self.wait_for(lambda: self.stored() > 1000, "some trades", alive=(stream,))
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

        self.wait_published(stream)
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade stored",
                      alive=(stream,))
        self.assertIn("draining", self.ctl("drain"))
        self.assertEqual(stream.wait(10), 0)
        self.assertFalse((self.data_dir / "admin.sock").exists())
        self.assert_whole()

    def test_without_a_stream_it_says_so(self):
        self.data_dir.mkdir()
        self.assertIn("no stream records into", self.ctl("status", code=1))


if __name__ == "__main__":
    unittest.main()
