"""docs/events.md lists every event that the code logs, with the level that it comes with, and no
other; docs/runbook.md describes what to do about each warning and error."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# To the semicolon that ends the call; one in a text does not.
CALL = re.compile(r'(?:log_event(?:_limited)?|format_log_line)\((?:"(?:\\.|[^"\\])*"|[^;"])*;')
NAME = re.compile(r'"((?:[a-z]+(?:_[a-z]+)?\.[a-z_]+)|(?:(?:binance|ssl|ping|pong)_[a-z_]+))"')
# A start that is refused: the function logs the event as an error.
REFUSAL = re.compile(r'\brefuse\("([a-z]+\.[a-z_]+)"')
LEVEL = re.compile(r"LogLevel::k(\w+)")
LEVELS = ["debug", "info", "warn", "error"]


def logged():
    """{name: the highest level} of the calls that log; fields are not written like names."""
    found = {}
    for path in (ROOT / "src").rglob("*.cpp"):
        if path.name.endswith("_test.cpp"):
            continue
        text = path.read_text(encoding="utf-8")
        found.update((name, "error") for name in REFUSAL.findall(text))
        for call in CALL.findall(text):
            names = NAME.findall(call)
            levels = [level.lower() for level in LEVEL.findall(call)]
            if len(names) == 2 == len(levels):  # open ? this : that, twice
                pairs = zip(names, levels)
            else:
                pairs = ((name, max(levels or ["info"], key=LEVELS.index)) for name in names)
            for name, level in pairs:
                found[name] = max(found.get(name, "debug"), level, key=LEVELS.index)
    return found


class Events(unittest.TestCase):
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \| (\w+) \| (.+) \|$", page, re.MULTILINE)

    def test_the_page_names_what_is_logged(self):
        self.assertGreater(len(self.rows), 40)
        self.assertEqual({name for name, _, _ in self.rows}, set(logged()))

    def test_the_page_tells_the_level(self):
        told = {name: level for name, level, _ in self.rows}
        self.assertEqual(told, logged())

    def test_the_runbook_says_what_to_do_about_each_warning_and_error(self):
        runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| `([\w.]+)` \| (.+) \|$", runbook, re.MULTILINE)
        for name, row in rows:
            self.assertEqual(len(row.split(" | ")), 4, f"{name}: meaning, look, do, worry")
        grave = [name for name, level, _ in self.rows if level in ("warn", "error")]
        self.assertEqual([name for name, _ in rows], sorted(grave))


if __name__ == "__main__":
    unittest.main()
