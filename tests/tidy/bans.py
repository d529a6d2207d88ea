"""Calls that a pure folder may not make, and coroutine shapes that are known to go wrong."""

import re

from layers import is_pure
from source import Finding

PURE_BANS = (
    ("a clock", r"::now\s*\(|\bclock_gettime\b|\bgettimeofday\b|\bstd::time\s*\("
                r"|(?<![\w.:])time\s*\(\s*(nullptr|NULL|0|&)"),
    ("sleep", r"\bsleep_(for|until)\b|\b(u|nano)sleep\s*\(|(?<![\w.])sleep\s*\("),
    ("chance", r"\brandom_device\b|(?<![\w.])s?rand\s*\(|\bmt19937|\bgetrandom\b|\bgetentropy\b"),
    ("the environment", r"\b(secure_)?getenv\b|\bsetenv\b"),
    ("a thread", r"\bstd::(jthread|thread|async|mutex|shared_mutex|condition_variable)\b"),
    ("a socket", r"(?<![\w.])(socket|connect|recv|send)\s*\(\s*(fd|AF_|sock)|\bgetaddrinfo\b"),
    ("a file", r"\bfopen\b|\b[io]?fstream\b|\bstd::filesystem\b"
               r"|(?<![\w.:])::(open|read|write)\s*\("),
    ("a terminal", r"\bstd::(cout|cerr|clog)\b|(?<![\w.])f?printf\s*\("),
)
ALLOWED_IN_TESTS = ("a thread", "a file", "chance")


def check_pure(source):
    if not source.is_cpp or not is_pure(source.path):
        return
    for number, text in enumerate(source.code_lines, 1):
        for what, pattern in PURE_BANS:
            if source.is_test and what in ALLOWED_IN_TESTS:
                continue
            if re.search(pattern, text) and not source.excused(number):
                yield Finding(source.path, number, "pure", f"a pure folder reaches for {what}")


def check_coroutines(source):
    if not source.is_cpp:
        return
    yield from _awaits(source)
    for pattern, message in (
        (r"\bdetached\b", "a detached coroutine swallows its exceptions; use the spawn helper"),
        (r"\[[^\]\n]+\]\s*\([^()]*\)\s*(?:mutable\s*)?->\s*[\w:]*awaitable\b",
         "a lambda coroutine's captures die before it does; pass parameters"),
    ):
        for found in re.finditer(pattern, source.code):
            line = source.line_of(found.start())
            if not source.excused(line):
                yield Finding(source.path, line, "coroutine", message)
    for line, name in source.includes():
        if name.endswith("awaitable_operators.hpp>") and not source.excused(line):
            yield Finding(source.path, line, "coroutine", "racing a receive with || loses messages")


def _awaits(source):
    """g++ 12 miscompiles a temporary made of braces or a lambda inside a co_await statement."""
    code = source.code
    for found in re.finditer(r"\bco_await\b", code):
        begin = max(code.rfind(mark, 0, found.start()) for mark in ";{}") + 1
        end = code.find(";", found.end())
        statement = code[begin:end]
        inside_braces = re.search(r"[\w>(,]\{$", code[max(begin - 2, 0) : begin])
        line = source.line_of(found.start())
        if (inside_braces or "{" in statement or "[" in statement) and not source.excused(line):
            yield Finding(source.path, line, "coroutine",
                          "no braces, lambda or block in a co_await statement: name it first")
    if re.search(r"\bco_(await|return|yield)\b", code) and not source.path.startswith(
        ("src/io/", "tools/", "tests/", "bench/")
    ):
        yield Finding(source.path, 1, "coroutine", "coroutines live in io and the tools' servers")
