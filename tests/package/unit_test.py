"""systemd's own opinion of the unit: every line understood, and little that it may do."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import debian

UNIT = debian.ROOT / "ops" / "systemd" / "k2.service"
# Tenths; 10 is everything allowed. What is left is mostly that it may use the network.
EXPOSURE_MAX = 15


class Unit(unittest.TestCase):
    def analyze(self, text, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            # The program need not be installed for it.
            unit = pathlib.Path(folder) / "k2.service"
            unit.write_text(text.replace("/usr/bin/k2", os.environ["TEST_K2_BINARY"]))
            done = subprocess.run(["systemd-analyze", *arguments, str(unit)], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            return done.returncode, done.stdout

    def test_systemd_understands_every_line(self):
        text = UNIT.read_text()
        self.assertEqual(self.analyze(text, "verify", "--man=no"), (0, ""))
        for line, wrong in (("ProtectHome=yes", "ProtectHme=yes"),
                            ("WatchdogSec=60", "WatchdogSec=x"),
                            ("@system-service", "@sytem-service")):
            _, said = self.analyze(text.replace(line, wrong), "verify", "--man=no")
            self.assertIn("ignoring", said, f"a planted {wrong} must be found")

    def test_it_may_do_little(self):
        code, said = self.analyze(UNIT.read_text(), "security", "--offline=yes", "--no-pager",
                                  f"--threshold={EXPOSURE_MAX}")
        self.assertEqual(code, 0, said)

    def test_it_is_started_for_ever_and_ended_in_peace(self):
        lines = UNIT.read_text().splitlines()
        for line in ("Type=notify", "Restart=on-failure", "StartLimitIntervalSec=0",
                     "WatchdogSec=60", "TimeoutStopSec=60", "StateDirectory=k2"):
            self.assertIn(line, lines)

    def test_what_no_restart_heals_ends_it_and_no_core_is_dumped(self):
        lines = UNIT.read_text().splitlines()
        self.assertIn("RestartPreventExitStatus=2", lines)
        self.assertIn("LimitCORE=0", lines)


if __name__ == "__main__":
    debian.need("systemd-analyze")
    unittest.main()
