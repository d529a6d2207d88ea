"""`./dev run` as a user runs it, on a program that is built already."""

import os
import subprocess
import unittest

import harness


class DevRun(harness.EndToEnd):
    def dev_run(self, *arguments, code=0):
        environment = {**harness.clean_environment(), "DEV_K2": harness.k2_binary()}
        run = subprocess.run([str(harness.ROOT / "dev"), "run", *arguments], env=environment,
                             capture_output=True, text=True, timeout=harness.WAIT_MAX_S * 3,
                             check=False)
        self.assertEqual(run.returncode, code, run.stdout + run.stderr)
        return run.stdout + run.stderr

    def test_the_recording_ends_whole_and_says_so(self):
        data = str(self.folder / "data")
        for _ in range(2):  # the second run makes its folder anew
            said = self.dev_run("--exchange", "sim", "--data-dir", data)
            self.assertIn("THE RECORDING, NOT THE LIVE EXCHANGE", said)
            self.assertIn("published=34419", said)
            total = next(line for line in said.splitlines() if line.startswith("total")).split()
            self.assertEqual(total[1:3], ["34,419", "34,419"])
            self.assertEqual(set(total[4:]), {"0"}, said)
            self.assertIn("CLEAN", said)
        self.assertTrue(os.path.exists(os.path.join(data, "recording", "journal.db")))

    def test_a_verdict_that_is_not_clean_is_the_exit_code(self):
        broken = self.folder / "k2"
        broken.write_text(f"""#!/bin/sh
# Its second clean verdict is turned into a failure.
[ "$1" = verify ] || exec {harness.k2_binary()} "$@"
[ -e "{self.folder}/once" ] && exit 1
{harness.k2_binary()} "$@" || exit
touch "{self.folder}/once"
""")
        broken.chmod(0o755)
        os.environ["TEST_K2_BINARY"], kept = str(broken), os.environ["TEST_K2_BINARY"]
        self.addCleanup(os.environ.__setitem__, "TEST_K2_BINARY", kept)
        self.dev_run("--exchange", "sim", "--data-dir", str(self.folder / "data"), code=1)

    def test_wrong_words_are_refused(self):
        self.assertIn("live or sim", self.dev_run("--exchange", "moon", code=2))
        self.assertIn("not --fast", self.dev_run("--fast", code=2))


if __name__ == "__main__":
    unittest.main()
