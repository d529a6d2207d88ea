"""The longest files, functions and lines, and the parts that every file and header has."""

import re

from source import Finding

FILE_LINES_MAX = 500
TEST_LINES_MAX = 900
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
CODE = (".cpp", ".hpp", ".py", ".sh", ".cmake", "CMakeLists.txt", ".mjs", ".js")

_PREPROCESSOR = re.compile(r"(?m)^[ \t]*#(?:[^\n]*\\\n)*[^\n]*")
_TYPE = re.compile(r"\b(class|struct|union|enum|namespace|extern)\b")
_CONTROL = re.compile(r"\b(if|for|while|switch|catch|do|else|try|return)\b[^;]*$")
_AFTER_PARAMETERS = ("const", "noexcept", "override", "final", "mutable", "try")


def check_lengths(source):
    if not source.path.endswith(CODE):
        return
    limit = TEST_LINES_MAX if source.is_test else FILE_LINES_MAX
    if len(source.lines) > limit and not source.file_excused():
        yield Finding(source.path, len(source.lines), "length",
                      f"{len(source.lines)} lines; split by noun above {limit}")
    for number, text in enumerate(source.lines, 1):
        breakable = 'R"' not in text  # nobody can break a raw string
        if len(text) > COLUMNS_MAX and breakable and not source.excused(number):
            yield Finding(source.path, number, "length",
                          f"{len(text)} columns, {COLUMNS_MAX} at most")


def check_functions(source):
    if not source.is_cpp:
        return
    for first, last in functions(source.code):
        begin, end = source.line_of(first), source.line_of(last)
        if end - begin + 1 > FUNCTION_LINES_MAX and not source.excused(begin):
            yield Finding(source.path, begin, "length",
                          f"a function of {end - begin + 1} lines, {FUNCTION_LINES_MAX} at most")


def functions(code):
    """(offset of {, offset of }) of every function body that is not inside another function."""
    scopes = []
    head_begin = 0
    code = _PREPROCESSOR.sub(lambda line: re.sub(r"[^\n]", " ", line.group()), code)
    for place in re.finditer(r"[{};]", code):
        at, mark = place.start(), place.group()
        if mark == "{":
            kind = _kind(code[head_begin:at], scopes)
            scopes.append((kind, at))
            if kind != "initializer":
                head_begin = at + 1
        elif mark == "}":
            kind, begin = scopes.pop() if scopes else ("block", at)
            if kind == "function":
                yield begin, at
            if kind != "initializer":
                head_begin = at + 1
        elif not (scopes and scopes[-1][0] == "initializer"):
            head_begin = at + 1


def _kind(head, scopes):
    outer = scopes[-1][0] if scopes else "scope"
    if outer != "scope":
        return "initializer" if outer == "initializer" else "block"
    words = re.findall(r"\w+", head)
    last = words[-1] if words else ""
    tail = head.rstrip()[-1:]
    in_initializers = re.search(r"\)\s*(?:noexcept\s*)?:(?!:)", head)
    if in_initializers and (tail.isalnum() or tail in "_>") and last not in _AFTER_PARAMETERS:
        return "initializer"
    if "(" in head and not _CONTROL.search(head):
        return "initializer" if re.search(r"=\s*[\w:<>, ]*$", head) else "function"
    if _TYPE.search(head):
        return "scope"
    return "initializer" if re.search(r"[\w>=]\s*$", head) else "block"


def check_header(source):
    if not source.path.endswith(".hpp"):
        return
    if "#pragma once" not in source.lines:
        yield Finding(source.path, 1, "header", "#pragma once is missing")
    if not source.text.startswith("//"):
        yield Finding(source.path, 1, "header", "a header opens by saying what it is for")
