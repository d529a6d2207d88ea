"""Tests that start a Kafka broker hold the lock `broker`, or `docker` when a container does it: two
of them at a time would be too much for two cores. tests/CMakeLists.txt lists what a test declares.
"""

import json
import os
import pathlib
import re
import subprocess
import unittest

import words

TESTS = pathlib.Path(words.source_root()) / "tests"
LOCKS = {"broker", "docker"}
# Where scripts find modules that are not beside them.
SHARED = ("kafka", "e2e", "support")
IMPORT = re.compile(r"^(?:import|from) (\w+)", re.MULTILINE)


def imported(script):
    """The modules of the tests that a script imports."""
    for name in IMPORT.findall(script.read_text(encoding="utf-8")):
        places = [script.parent, *(TESTS / folder for folder in SHARED)]
        yield from [path for place in places if (path := place / f"{name}.py").exists()][:1]


def starts_broker(script):
    """True when the script imports, itself or by way of others, the module that starts brokers."""
    seen, waiting = set(), [script]
    while waiting:
        if (path := waiting.pop()) not in seen:
            seen.add(path)
            waiting += imported(path)
    return TESTS / "kafka" / "kafka_harness.py" in seen


class Resources(unittest.TestCase):
    def test_each_test_with_a_broker_holds_a_lock(self):
        listed = subprocess.run(
            ["ctest", "--test-dir", os.environ["TEST_BUILD_DIR"], "--show-only=json-v1"],
            capture_output=True, text=True, check=True).stdout
        held = 0
        for test in json.loads(listed)["tests"]:
            scripts = [pathlib.Path(word) for word in test.get("command", [])
                       if word.endswith(".py") and pathlib.Path(word).is_relative_to(TESTS)]
            if not any(starts_broker(script) for script in scripts):
                continue
            locks = {lock for one in test["properties"] if one["name"] == "RESOURCE_LOCK"
                     for lock in one["value"]}
            self.assertTrue(locks & LOCKS, f"{test['name']} needs RESOURCE_LOCK broker")
            held += 1
        self.assertGreater(held, 10, "scripts are found as they were")


if __name__ == "__main__":
    unittest.main()
