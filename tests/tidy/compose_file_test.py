"""compose.yml keeps every service small and its password unknown."""

import os
import re
import stat
import subprocess
import sys
import tempfile
import unittest

try:
    import yaml
except ImportError:
    print("SKIPPED: no PyYAML; ./dev setup test installs python3-yaml")
    sys.exit(77)

import words

ROOT = words.source_root()
# Built here, or with a digest that is not known here.
BY_TAG = {"binance-stream", "exchange", "kafka", "schema-registry"}


class ComposeFile(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(ROOT, "compose.yml"), encoding="utf-8") as file:
            self.services = yaml.safe_load(file)["services"]

    def test_each_service_may_do_little(self):
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertEqual(service["cap_drop"], ["ALL"])
                self.assertEqual(service["security_opt"], ["no-new-privileges:true"])
                self.assertEqual(service["ulimits"], {"core": 0})
                self.assertIn("mem_limit", service)
                self.assertIn("pids_limit", service)

    def test_images_are_pinned_where_the_digest_is_known(self):
        for name, service in self.services.items():
            if name not in BY_TAG:
                self.assertRegex(service["image"], r"@sha256:[0-9a-f]{64}\}$", name)

    def test_grafana_draws_its_password_once(self):
        program, flag, script = self.services["grafana"]["entrypoint"]
        with tempfile.TemporaryDirectory() as folder:
            run = os.path.join(folder, "run.sh")
            with open(run, "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\nprintf %s \"$GF_SECURITY_ADMIN_PASSWORD\"\n")
            os.chmod(run, 0o700)
            here = (script.replace("$$", "$").replace("/var/lib/grafana", folder)
                    .replace("/run.sh", run))

            def password(chosen=""):
                return subprocess.run([program, flag, here], text=True, capture_output=True,
                                      check=True, env={"PATH": os.environ["PATH"],
                                                       "K2_GRAFANA_PASSWORD": chosen}).stdout

            drawn = password()
            self.assertTrue(re.fullmatch(r"[A-Za-z0-9+/]{32}", drawn), drawn)
            self.assertEqual(password(), drawn, "the next start keeps it")
            self.assertEqual(password("mine"), "mine")
            mode = os.stat(os.path.join(folder, "admin-password")).st_mode
            self.assertEqual(stat.S_IMODE(mode), 0o600)


if __name__ == "__main__":
    unittest.main()
