"""The workflow of CI runs verbs of ./dev, and every test that it names exists."""

import json
import os
import re
import subprocess
import sys
import unittest

try:
    import yaml
except ImportError:
    print("SKIPPED: no PyYAML; ./dev setup test installs python3-yaml")
    sys.exit(77)

import words

ROOT = words.source_root()
# By commit: a tag can be moved.
ACTIONS = {"actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683"}


class Workflow(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(ROOT, ".github/workflows/ci.yml"), encoding="utf-8") as file:
            jobs = yaml.safe_load(file)["jobs"]
        self.steps = [(name, step) for name, job in jobs.items() for step in job["steps"]]
        self.assertGreaterEqual(set(jobs), {"everything", "ubuntu", "docs"})

    def test_each_step_is_a_verb_of_dev(self):
        with open(os.path.join(ROOT, "dev"), encoding="utf-8") as file:
            verbs = set(re.findall(r"^ {4}(\w+)\) ", file.read(), re.MULTILINE))
        self.assertGreaterEqual(verbs, {"setup", "test", "package"})
        for job, step in self.steps:
            self.assertEqual(len(step), 1, f"{job}: {step}")
            if "uses" in step:
                self.assertIn(step["uses"], ACTIONS, job)
                continue
            program, verb, *_ = step["run"].split() + [""]
            self.assertEqual(program, "./dev", f"{job}: {step}")
            self.assertIn(verb, verbs, f"{job}: {step}")
            self.assertNotRegex(step["run"], r"[;&|\n]", job)

    def test_tests_that_are_named_are_there(self):
        listed = subprocess.run(
            ["ctest", "--test-dir", os.environ["TEST_BUILD_DIR"], "--show-only=json-v1"],
            capture_output=True, text=True, check=True).stdout
        tests = json.loads(listed)["tests"]
        labels = {label for test in tests for one in test.get("properties", [])
                  if one["name"] == "LABELS" for label in one["value"]}
        for job, step in self.steps:
            words_of = step.get("run", "").split()
            for word in words_of[2:] if words_of[1:2] == ["test"] else []:
                named = word in labels or any(re.search(word, test["name"]) for test in tests)
                self.assertTrue(named, f"{job}: no test is called {word}")


if __name__ == "__main__":
    unittest.main()
