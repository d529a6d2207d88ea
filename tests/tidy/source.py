"""A file of the tree as the rules see it: its text, also without comments and strings."""

import dataclasses
import functools
import re

EXCUSE = "k2-ok:"

_HIDDEN = re.compile(
    r"""//[^\n]*                                   # a line comment
      | /\*.*?\*/                                  # a block comment
      | R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"   # a raw string
      | "(?:\\.|[^"\\\n])*"                        # a string
      | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'        # a character, but no digit separator
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclasses.dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


@dataclasses.dataclass(frozen=True)
class Source:
    path: str
    text: str

    @functools.cached_property
    def lines(self):
        return self.text.splitlines()

    @functools.cached_property
    def code(self):
        """The text with comments and literals blanked; every character keeps its place."""
        return _HIDDEN.sub(lambda hidden: re.sub(r"[^\n]", " ", hidden.group()), self.text)

    @functools.cached_property
    def code_lines(self):
        return self.code.splitlines()

    @property
    def is_cpp(self):
        return self.path.endswith((".cpp", ".hpp"))

    @property
    def is_test(self):
        return self.path.endswith("_test.cpp") or self.path.startswith("tests/")

    def excused(self, line):
        """Whether the line, or the one above it, says `// k2-ok: reason`."""
        near = self.lines[max(line - 2, 0) : line]
        return any(re.search(re.escape(EXCUSE) + r"\s*\S", text) for text in near)

    def file_excused(self):
        return any(re.search(re.escape(EXCUSE) + r"\s*\S", text) for text in self.lines[:12])

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def includes(self):
        """(line, name) of every #include; a quoted name comes bare, another in its brackets."""
        for number, text in enumerate(self.lines, 1):
            found = re.match(r'\s*#\s*include\s*(?:"([^"]+)"|(<[^>]+>))', text)
            if found:
                yield number, found.group(1) or found.group(2)
