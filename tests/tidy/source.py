"""A file of the tree as the rules see it: its text, also without comments and strings."""

import ast
import dataclasses
import functools
import io
import re
import tokenize

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

# The code of a page: fenced, indented, or between backticks.
_PAGE_CODE = re.compile(r"^```.*?^```|^ {4}.*?$|`[^`]+`", re.MULTILINE | re.DOTALL)


def _blank_others(text, spans):
    pieces = []
    at = 0
    for begin, end in sorted(spans):
        pieces += (re.sub(r"[^\n]", " ", text[at:begin]), text[begin:end])
        at = end
    return "".join(pieces) + re.sub(r"[^\n]", " ", text[at:])


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

    @functools.cached_property
    def prose(self):
        """The comments, docstrings and sentences in C++ strings, with all else blanked.

        Every character keeps its place. The strings of tests are data, not text for a reader.
        """
        if self.is_cpp:
            return _blank_others(self.text, self._cpp_prose())
        if self.path.endswith(".py"):
            return _blank_others(self.text, self._python_prose())
        if self.path.endswith((".sh", ".cmake", "CMakeLists.txt")):
            return _blank_others(
                self.text, [found.span() for found in re.finditer(r"(?m)^\s*#.*", self.text)])
        if self.path.endswith(".md"):
            return _PAGE_CODE.sub(lambda code: re.sub(r"[^\n]", " ", code.group()), self.text)
        return ""

    def _cpp_prose(self):
        """The spans of comments and of sentences; adjacent literals are one string."""
        begin, end = 0, 0
        for found in _HIDDEN.finditer(self.text):
            if found.group().startswith("//"):
                yield found.span()
            elif not self.is_test:
                if self.text[end : found.start()].strip() or end == 0:
                    begin = found.start()
                end = found.end()
                if " " in re.sub(r'"\s+"', "", self.text[begin:end]):
                    yield begin, end
                    begin = end

    def _python_prose(self):
        starts = [0, *(end.end() for end in re.finditer("\n", self.text))]
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT:
                begin = starts[token.start[0] - 1] + token.start[1]
                yield begin, begin + len(token.string)
        for docstring in self._docstrings():
            last = docstring.end_lineno
            yield (starts[docstring.lineno - 1],
                   starts[last] if last < len(starts) else len(self.text))

    def _docstrings(self):
        for node in ast.walk(ast.parse(self.text)):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                if ast.get_docstring(node) is not None:
                    yield node.body[0].value

    def doc_comments(self):
        """(line, text) of the first line of each doc comment.

        In C++ these are /// comments, and // comments that begin in the first column.
        """
        if self.path.endswith(".py"):
            for docstring in self._docstrings():
                yield docstring.lineno, docstring.value.lstrip()
        last = (None, 0)
        for found in _HIDDEN.finditer(self.text if self.is_cpp else ""):
            mark = re.match(r"(///?)(?!/)<?\s*(.*)", found.group())
            before = self.text[self.text.rfind("\n", 0, found.start()) + 1 : found.start()]
            if not mark or (mark.group(1) == "//" and before):
                continue
            line = self.line_of(found.start())
            if before.strip() or last != (mark.group(1), line - 1):
                yield line, mark.group(2)
            last = (mark.group(1), line)

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
