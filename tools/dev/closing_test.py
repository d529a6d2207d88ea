"""The last lines of `./dev test`: the ten slowest tests of all builds, then the counts in the form
that the CI system reads. The reports have the form in which ctest writes them.
"""

import pathlib
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SCRIPT = """\
set -euo pipefail
shopt -s inherit_errexit
source tools/dev/say.sh
source tools/dev/check.sh
trap close_with_counts EXIT
exit "$1"
"""


def case(name, seconds, status="run"):
    return (f'\t<testcase name="{name}" classname="{name}" time="{seconds}"'
            f' status="{status}">\n'
            "\t\t<system-out></system-out>\n\t</testcase>\n")


def report(*cases, failures=0, skipped=0, disabled=0):
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="(empty)"\n'
            f'\ttests="{len(cases)}"\n\tfailures="{failures}"\n\tdisabled="{disabled}"\n'
            f'\tskipped="{skipped}"\n\thostname=""\n\ttime="1"\n\t>\n'
            f'{"".join(cases)}</testsuite>\n')


class Closing(unittest.TestCase):
    def closing(self, code=0, **reports):
        """The output at the end of a run that ends with `code`, without the time it took."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "tools").mkdir()
            (folder / "tools" / "dev").symlink_to(HERE)
            (folder / ".cache" / "reports").mkdir(parents=True)
            for build, text in reports.items():
                (folder / ".cache" / "reports" / f"{build}.xml").write_text(text)
            done = subprocess.run(["bash", "-c", SCRIPT, "bash", str(code)], cwd=folder, text=True,
                                  capture_output=True, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stderr, "")
        lines = done.stdout.splitlines()
        self.assertRegex(lines.pop(-2), r"^\d+ min \d+ s$")
        return lines

    def test_slowest_tests_and_counts_of_all_builds(self):
        dev = report(*(case(f"unit.{number}", number / 10) for number in range(9)),
                     case("skipped", 0.5, "notrun"), case("fails", 7.25, "fail"),
                     failures=1, skipped=1)
        asan = report(case("campaign", 123.456), case("off", 0, "disabled"), disabled=1)
        self.assertEqual(self.closing(code=1, dev=dev, asan=asan), [
            "",
            "-- the 10 slowest of 11 tests:",
            "    123.5 s  asan: campaign",
            "      7.2 s  dev: fails",
            *(f"   {number / 10:6.1f} s  dev: unit.{number}" for number in range(8, 0, -1)),
            "asan: 1 passed, 0 failed, 1 skipped",
            "dev: 9 passed, 1 failed, 1 skipped",
            "10 passed, 1 failed, 2 skipped"])

    def test_a_step_that_failed_before_the_tests_is_named(self):
        self.assertEqual(self.closing(code=3), [
            "", "a step before or between the tests failed (exit 3)",
            "0 passed, 0 failed, 0 skipped"])

    def test_a_report_that_was_cut_hides_no_counts_of_the_others(self):
        cut = report(case("one", 1))[:-20]
        lines = self.closing(code=2, dev=report(case("two", 2)), tsan=cut)
        self.assertIn("-- .cache/reports/tsan.xml is incomplete: ctest did not finish; its tests "
                      "are not listed", lines)
        self.assertIn("      2.0 s  dev: two", lines[3])
        self.assertEqual(lines[4], "dev: 1 passed, 0 failed, 0 skipped")


if __name__ == "__main__":
    unittest.main()
