#!/usr/bin/env python3
"""Code that the types forbid must not compile, and its correct twin must: each case is both."""

import concurrent.futures
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMMAND = ("clang++-19", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
           "-Wconversion", "-Isrc", "-I.", "-x", "c++", "-")
PRELUDE = """
#include "core/decimal.hpp"
#include "core/ids.hpp"
#include "core/symbol.hpp"
#include "core/time.hpp"
#include "core/trade.hpp"
#pragma clang diagnostic ignored "-Wunused-variable"
using namespace k2;
using namespace std::chrono_literals;
Price price(); Quantity quantity(); TradeId trade_id(); SymbolIndex symbol_index(); LineId line();
UtcTime utc(); MonoTime mono(); Result<Price> perhaps(); std::string text();
"""

# (what it is about, what must not compile, its twin that must, what the compiler must say)
CASES = (
    ("a price plus a quantity", "auto x = price() + quantity();",
     "auto x = price().mantissa() + quantity().mantissa();", "invalid operands"),
    ("a price compared to a quantity", "bool x = price() < quantity();",
     "bool x = price() < price();", "invalid operands"),
    ("a price from a double", "Price x = 1.5;", "Price x = Price::from_mantissa(150000000);",
     "no viable conversion"),
    ("a price from an integer", "Price x{100};", "Price x = Price::from_mantissa(100);",
     "no matching constructor"),
    ("a quantity where a price belongs", "Price x = quantity();", "Price x = price();",
     "no viable conversion"),
    ("a trade id plus a number", "auto x = trade_id() + 1;", "auto x = next(trade_id());",
     "invalid operands"),
    ("a trade id as a number", "std::uint64_t x = trade_id();", "auto x = value(trade_id());",
     "cannot initialize"),
    ("a number as a trade id", "TradeId x = 5;", "TradeId x{5};", "cannot initialize"),
    ("a trade id where a symbol index belongs", "SymbolIndex x = trade_id();",
     "SymbolIndex x = symbol_index();", "cannot initialize"),
    ("a line id compared to a symbol index", "bool x = line() == symbol_index();",
     "bool x = value(line()) == value(symbol_index());",
     "invalid operands|comparison of different"),
    ("a calendar time minus a deadline", "auto x = utc() - mono();", "auto x = utc() - utc();",
     "invalid operands"),
    ("a deadline compared to a calendar time", "bool x = mono() < utc();",
     "bool x = mono() < mono();", "invalid operands"),
    ("now() of the deadline clock", "auto x = MonoClock::now();", "auto x = MonoTime{};",
     "no member named 'now'"),
    ("an instant from a bare number", "UtcTime x = 1723161255343000;",
     "UtcTime x{std::chrono::microseconds{1723161255343000}};", "no viable conversion"),
    ("nanoseconds cut to microseconds in silence", "std::chrono::microseconds x = 1ns;",
     "auto x = std::chrono::floor<std::chrono::microseconds>(1ns);", "no viable conversion"),
    ("a symbol that nobody checked", "Symbol x{text()};",
     "Symbol x = Symbol::parse(text()).value();", "private|no matching"),
    ("a parse whose failure nobody looks at", 'Price::parse("1");', '(void)Price::parse("1");',
     "nodiscard"),
    ("a result used as its value", "Price x = perhaps();", "Price x = perhaps().value();",
     "no viable conversion"),
)


def compile_body(body):
    text = f"{PRELUDE}\nvoid f() {{ {body} }}\n"
    return subprocess.run(COMMAND, cwd=ROOT, input=text, text=True, capture_output=True,
                          check=False)


def verdict(case):
    about, broken, mended, said = case
    twin = compile_body(mended)
    if twin.returncode != 0:
        return f"{about}: the mended twin does not compile:\n{twin.stderr}"
    run = compile_body(broken)
    if run.returncode == 0:
        return f"{about}: compiles, and must not: {broken}"
    if not re.search(said, run.stderr):
        return f"{about}: fails for another reason than '{said}':\n{run.stderr}"
    return None


def main():
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = [text for text in pool.map(verdict, CASES) if text]
    for text in failures:
        print(text)
    print(f"compile_fail: {len(CASES) - len(failures)} of {len(CASES)} cases hold")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
