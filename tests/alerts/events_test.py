"""docs/events.md lists every event that the code logs, and no other."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CALL = re.compile(r'(?:log_event(?:_limited)?|format_log_line)\([^;]*?\)\s*;|log_event\([^;]*;')
NAME = re.compile(r'"((?:[a-z]+\.[a-z_]+)|(?:binance_[a-z_]+))"')


def logged():
    """Names in calls that log; fields are not written like names of events."""
    found = set()
    for path in (ROOT / "src").rglob("*.cpp"):
        if path.name.endswith("_test.cpp"):
            continue
        for call in CALL.findall(path.read_text(encoding="utf-8")):
            found.update(NAME.findall(call))
    return found


class Events(unittest.TestCase):
    def test_the_page_names_what_is_logged(self):
        page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| `([\w.]+)` \| (\w+) \| (.+) \|$", page, re.MULTILINE)
        self.assertGreater(len(rows), 40)
        self.assertEqual({name for name, _, _ in rows}, logged())
        for name, level, _ in rows:
            self.assertIn(level, ("debug", "info", "warn", "error"), name)


if __name__ == "__main__":
    unittest.main()
