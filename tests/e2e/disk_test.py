"""A disk without room: reading continues, and what could not be stored is fetched afterwards."""

import os
import subprocess
import sys
import unittest

import harness

sys.path.insert(0, str(harness.ROOT / "tests" / "support"))
import environment  # noqa: E402


class FullDisk(harness.WithExchange):
    def mount(self, *options):
        subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "k2-e2e", self.data_dir],
                       check=True)

    def test_a_full_disk_stops_nothing_and_loses_nothing(self):
        self.data_dir.mkdir()
        self.mount("size=2m")
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.data_dir], check=True)
        self.start_exchange(speed="60")
        stream = self.start_stream()
        self.wait_for(lambda: '"journal.failing"' in stream.output(), "a full disk",
                      alive=(stream,))
        self.wait_published(stream)
        self.assertLess(self.stored(), harness.TRADE_COUNT)
        self.mount("remount", "size=200m")
        self.wait_for(lambda: self.stored() >= harness.TRADE_COUNT, "every trade stored",
                      alive=(stream,))
        self.wait_for(lambda: '"journal.recovered"' in stream.output(), "the good news",
                      alive=(stream,))
        for event in ('"tape.paused"', '"tape.resumed"'):
            self.assertIn(event, stream.output())
        self.stop(stream)
        self.assert_whole()


if __name__ == "__main__":
    if os.geteuid() != 0:
        environment.missing("the right to mount a small disk (root)")
    unittest.main()
