"""Each rule finds a violation planted for it and accepts the corrected text."""

import os
import tempfile
import unittest

import bans
import check
import headers
import layers
import shape
import words
from source import Source


def found(rule, path, text):
    return [finding.line for finding in rule(Source(path, text))]


class Layers(unittest.TestCase):
    def test_siblings_never_include_each_other(self):
        text = '#include "core/trade.hpp"\n#include "flow/sequencer.hpp"\n'
        self.assertEqual(found(layers.check_layers, "src/feed/a.hpp", text), [2])
        self.assertEqual(found(layers.check_layers, "src/flow/a.hpp", text), [])

    def test_src_never_includes_tools_but_in_app(self):
        text = '#include "tools/sim/ledger.hpp"\n'
        self.assertEqual(found(layers.check_layers, "src/io/a.cpp", text), [1])
        self.assertEqual(found(layers.check_layers, "src/app/a.cpp", text), [])

    def test_tools_never_include_app_or_flow(self):
        for name in ("app/flags.hpp", "flow/gap.hpp"):
            text = f'#include "{name}"'
            self.assertEqual(found(layers.check_layers, "tools/sim/a.cpp", text), [1])

    def test_pure_folders_never_include_the_outside(self):
        for name in ("<boost/asio/ip/tcp.hpp>", "<openssl/ssl.h>", "<sqlite3.h>", "<sys/socket.h>",
                     "<unistd.h>", "<thread>", "<fstream>", "<random>"):
            text = f"#include {name}\n"
            self.assertEqual(found(layers.check_layers, "src/sink/a.cpp", text), [1], name)
            self.assertEqual(found(layers.check_layers, "src/io/a.cpp", text), [], name)

    def test_tests_of_pure_folders_may_read_files(self):
        path = "src/feed/a_test.cpp"
        self.assertEqual(found(layers.check_layers, path, "#include <fstream>"), [])
        self.assertEqual(found(layers.check_layers, path, "#include <sqlite3.h>"), [1])

    def test_no_include_climbs(self):
        text = '#include "../core/a.hpp"'
        self.assertEqual(found(layers.check_layers, "src/io/a.cpp", text), [1])

    def test_an_excuse_needs_a_reason(self):
        text = '#include <unistd.h>  // k2-ok: {}\n'
        self.assertEqual(found(layers.check_layers, "src/core/a.cpp", text.format("write(2)")), [])
        self.assertEqual(found(layers.check_layers, "src/core/a.cpp", text.format("")), [1])


class Pure(unittest.TestCase):
    PLANTED = (
        "auto t = std::chrono::steady_clock::now();",
        "clock_gettime(CLOCK_REALTIME, &t);",
        "auto t = time(nullptr);",
        "std::this_thread::sleep_for(1s);",
        "usleep(1);",
        "std::random_device device;",
        "int r = rand();",
        "std::mt19937 engine{1};",
        'auto* home = std::getenv("HOME");',
        "std::thread worker{run};",
        "std::mutex lock;",
        "int s = socket(AF_INET, SOCK_STREAM, 0);",
        'auto* f = std::fopen("x", "r");',
        "std::ifstream in{path};",
        "if (std::filesystem::exists(path)) return;",
        'std::cerr << "x";',
        'std::printf("x");',
    )
    CLEAN = (
        "auto const next_time(Tick tick);",
        "auto now = clock.time_now;",
        "// std::thread would be wrong here",
        'auto text = "std::cout << rand()";',
        "operand(1); brand(2);",
        "auto const time = record.time(offset);",
        "std::snprintf(buffer, sizeof buffer, format);",
    )

    def test_every_planted_call_is_found(self):
        for text in self.PLANTED:
            self.assertEqual(found(bans.check_pure, "src/flow/a.cpp", text), [1], text)
            self.assertEqual(found(bans.check_pure, "src/io/a.cpp", text), [], text)

    def test_what_only_looks_like_one_is_left_alone(self):
        for text in self.CLEAN:
            self.assertEqual(found(bans.check_pure, "src/flow/a.cpp", text), [], text)

    def test_an_excuse_above_the_line_counts(self):
        text = "// k2-ok: the last words before an abort\nstd::fprintf(stderr, x);"
        self.assertEqual(found(bans.check_pure, "src/core/a.cpp", text), [])

    def test_tests_have_no_clock_either(self):
        self.assertEqual(found(bans.check_pure, "src/flow/a_test.cpp", self.PLANTED[0]), [1])


class Coroutines(unittest.TestCase):
    def check_line(self, text, lines, path="src/io/a.cpp"):
        self.assertEqual(found(bans.check_coroutines, path, text), lines, text)

    def test_no_temporary_of_braces_or_lambda_beside_co_await(self):
        self.check_line("{ co_await f({.a = 1}); }", [1])
        self.check_line("{ co_await f(Options{s, 2}); }", [1])
        self.check_line("{ co_await g([s] { return s; }); }", [1])
        self.check_line("{ auto x = Pair{a, co_await b()}; }", [1])
        self.check_line("{ if (co_await ready()) {\n} }", [1])

    def test_plain_statements_pass(self):
        self.check_line("{\n  auto const size = co_await socket.read(buffer);\n}", [])
        self.check_line("for (;;) {\n  co_await timer.wait();\n}", [])

    def test_detached_is_refused(self):
        self.check_line("co_spawn(context, run(), boost::asio::detached);", [1])
        self.check_line("// never detached", [])

    def test_capturing_lambda_coroutines_are_refused(self):
        self.check_line("auto f = [this]() -> awaitable<void> { co_return; };", [1])
        self.check_line("auto f = [](int a) -> awaitable<void> { co_return; };", [])

    def test_racing_a_receive_is_refused(self):
        self.check_line("#include <boost/asio/experimental/awaitable_operators.hpp>", [1])

    def test_pure_folders_have_none(self):
        self.check_line("Task run() { co_return; }", [1], "src/feed/a.cpp")


class Shape(unittest.TestCase):
    def test_long_files(self):
        self.assertEqual(found(shape.check_lengths, "src/io/a.cpp", "int a;\n" * 501), [501])
        self.assertEqual(found(shape.check_lengths, "src/io/a.cpp", "int a;\n" * 500), [])
        self.assertEqual(found(shape.check_lengths, "src/io/a_test.cpp", "int a;\n" * 900), [])
        self.assertEqual(found(shape.check_lengths, "src/io/a_test.cpp", "int a;\n" * 901), [901])

    def test_a_table_may_say_that_it_is_one(self):
        text = "// k2-ok: a table\n" + "int a;\n" * 501
        self.assertEqual(found(shape.check_lengths, "src/io/a.cpp", text), [])

    def test_wide_lines(self):
        self.assertEqual(found(shape.check_lengths, "dev.sh", "x" * 101), [1])
        self.assertEqual(found(shape.check_lengths, "dev.sh", "x" * 100), [])

    def test_a_raw_string_may_be_as_wide_as_what_it_quotes(self):
        text = 'auto const frame = R"({' + "x" * 100 + '})";'
        self.assertEqual(found(shape.check_lengths, "src/feed/a_test.cpp", text), [])

    def function_of(self, lines, head="void f() {"):
        return "namespace k2 {\n" + head + "\n" + "  g();\n" * (lines - 2) + "}\n}\n"

    def test_long_functions(self):
        for head in ("void f() {", "int A::f(int a) const noexcept {", "auto f() -> Result<int> {",
                     "A::A(int a) : a_{a}, b_(a) {", "TEST(Subject, DoesIt) {",
                     "A::A(int a)\n    : a_{a},\n      b_{a} {"):
            extra = head.count("\n")
            begin = 2 + extra
            self.assertEqual(found(shape.check_functions, "a.cpp", self.function_of(71, head)),
                             [begin], head)
            self.assertEqual(found(shape.check_functions, "a.cpp", self.function_of(70, head)), [],
                             head)

    def test_methods_inside_a_class(self):
        text = "class A {\n public:\n" + self.function_of(71)[len("namespace k2 {\n"):] + ";\n"
        self.assertEqual(found(shape.check_functions, "a.hpp", text), [3])

    def test_long_classes_and_tables_are_no_functions(self):
        for head in ("struct A {", "constexpr std::array<int, 99> kTable = {",
                     "enum class B : int {", "int const kTable[] = {"):
            text = head + "\n" + "  1,\n" * 100 + "};\n"
            self.assertEqual(found(shape.check_functions, "a.cpp", text), [], head)

    def test_braces_in_literals_do_not_count(self):
        text = "void f() {\n  g('{', \"{{{\", R\"({{{)\");  // {\n}\n" + self.function_of(60)
        self.assertEqual(found(shape.check_functions, "a.cpp", text), [])

    def test_a_header_has_its_guard_and_its_opening(self):
        whole = "// What it is for.\n#pragma once\n"
        self.assertEqual(found(shape.check_header, "a.hpp", whole), [])
        self.assertEqual(found(shape.check_header, "a.hpp", "// What it is for.\n"), [1])
        self.assertEqual(found(shape.check_header, "a.hpp", "#pragma once\n"), [1])


class Words(unittest.TestCase):
    def test_forbidden_words(self):
        for text in ("https://registry." + "npmjs.org/x", "/" + "work/main", "/" + "root/.cache",
                     "../" + "shared/data", "// TO" + "DO later"):
            self.assertEqual(found(words.check_words, "a.txt", text), [1], text)

    def test_innocent_words(self):
        for text in ("the framework/ws folder", "shared_ptr", "see docs/journal.md", "root /"):
            self.assertEqual(found(words.check_words, "a.txt", text), [], text)

    def test_every_error_is_documented(self):
        text = "enum class Errc : int {\n  /// One.\n  kOne,\n  kTwo,\n};\n"
        self.assertEqual(found(words.check_errors_documented, "src/core/errc.hpp", text), [4])
        corrected = text.replace("  kTwo", "  /// Two.\n  kTwo")
        self.assertEqual(found(words.check_errors_documented, "src/core/errc.hpp", corrected), [])
        self.assertEqual(found(words.check_errors_documented, "src/core/errc.hpp", "// none"), [1])

    def test_doc_comments_open_with_a_verb_or_an_article(self):
        for text in ("/// What it is.", "  /// How long it waits.", "// Of one symbol.\nint a;",
                     "int a;  ///< Whether it runs.", "/// The same for all.", "/// The fine one.\n"
                     "// Not a continuation."):
            lines = found(words.check_openings, "src/core/a.hpp", text)
            self.assertEqual(lines, [2 if "fine" in text else 1], text)
        for text in ('"""What it is."""', 'def f():\n    """By id."""',
                     'class A:\n    """\n    From here."""'):
            self.assertEqual(len(found(words.check_openings, "tests/e2e/a.py", text)), 1, text)

    def test_sentences_and_comments_inside_functions_may_open_otherwise(self):
        for text in ("/// Returns the size.\n/// When empty, it is 0.", "/// A queue.",
                     "void f() {\n  // When it is full, drop the oldest.\n}", "/// Whatever.",
                     "/// Notes that are kept.", "//// What", "auto a = \"/// What\";"):
            self.assertEqual(found(words.check_openings, "src/core/a.hpp", text), [], text)
        text = 'def f():\n    """Returns it."""\n    # When it is full, drop the oldest.\n'
        self.assertEqual(found(words.check_openings, "tests/e2e/a.py", text), [])

    def test_idioms_are_found_in_comments_and_texts(self):
        for text in ("// It is told the time.", "/// Begun at noon.", "// Mended by hand.",
                     "// whoever reads", "// for\n// ever", "// It ends in peace.",
                     "/// It goes\n  /// on.", "// He wants it.", "// It stands here.",
                     'log("the stream goes on");', 'log("the stream goes "\n    "on");',
                     "// the exchange in a box", "// It asks REST.", "// nothing was heard"):
            self.assertEqual(found(words.check_replaced_words, "src/app/a.cpp", text), [1], text)
        for text in ("# It is told the time.", '"""\nIt is told the time."""',
                     'def f():\n    """Returns it.\n\n    It wants more."""'):
            self.assertEqual(len(found(words.check_replaced_words, "bench/a.py", text)), 1, text)
        self.assertEqual(found(words.check_replaced_words, "tools/dev/a.sh", "x\n  # told"), [2])

    def test_names_and_the_data_of_tests_may_hold_idioms(self):
        for text in ("int told = wants(heard);", "// `say_goodbye()` and told_ are names.",
                     "// The thread starts. On Linux it is bound.", 'event("reload.started");'):
            self.assertEqual(found(words.check_replaced_words, "src/app/a.cpp", text), [], text)
        text = 'EXPECT_EQ(text, "the tape goes on");'
        self.assertEqual(found(words.check_replaced_words, "src/app/a_test.cpp", text), [])
        self.assertEqual(found(words.check_replaced_words, "bench/a.py", 'wants = "told"\n'), [])

    def test_plain_english_is_checked_in_all_folders_but_the_excused(self):
        text = "/// What was told.\n"
        for rule in (words.check_openings, words.check_replaced_words):
            self.assertIn(rule, check.PER_FILE)
            self.assertEqual(found(rule, "src/core/a.hpp", text), [1])
            self.assertEqual(found(rule, "tools/new/a.hpp", text), [1])
            self.assertEqual(found(rule, "tests/simulation/kafka/a.hpp", text), [1])
            for excused in words.NOT_YET_PLAIN:
                self.assertEqual(found(rule, excused + "a.hpp", text), [])
            self.assertEqual(found(rule, "src/core/a.hpp", "// k2-ok: a quotation\n" + text), [])

    def test_a_page_has_sentences_that_can_be_read(self):
        self.assertIn(words.check_sentences, check.PER_FILE)
        short, long = "A word. " * 20, "A" + " word" * 35
        for text in (long + ".", f"{short}\n- {short}{long}.", f"{short}\n\n1. {long}\n",
                     f"{short}`code` {long}"):
            self.assertEqual(len(found(words.check_sentences, "docs/a.md", text)),
                             2 if text == long + "." else 1, text)
        self.assertEqual(found(words.check_sentences, "docs/a.md", ("A" + " word" * 20 + ". ") * 3),
                         [1])
        for text in (f"{short}\n\n    {long}\n", f"{short}\n\n```\n{long}\n```\n",
                     f"| {short} {long} |\n", f"# {long}\n", f"A `{long}` is one word.",
                     "A" + " word" * 19 + "."):
            self.assertEqual(found(words.check_sentences, "docs/a.md", text), [], text)

    def test_idioms_are_found_in_pages_but_not_in_their_code(self):
        for text in ("It was told.\n", "| a | it wants b |\n"):
            self.assertEqual(found(words.check_replaced_words, "docs/a.md", text), [1])
        for text in ("See `told`.\n", "    told\n", "```\ntold\n```\n"):
            self.assertEqual(found(words.check_replaced_words, "docs/a.md", text), [])

    def test_links_lead_somewhere(self):
        text = "[data](data/README.md)\n[lost](data/nothing.md)\n[out](https://example.org/x)\n"
        self.assertEqual(found(words.check_links, "README.md", text), [2])

    def test_dead_files(self):
        tree = [Source("src/io/CMakeLists.txt", "k2_folder(io)"),
                Source("src/io/used.hpp", "// x"), Source("src/io/unused.hpp", "// x"),
                Source("src/io/unused.cpp", '#include "io/unused.hpp"'),
                Source("src/io/main.cpp", '#include "io/used.hpp"'),
                Source("tests/lone.cpp", ""), Source("tests/lone_script.py", ""),
                Source("tests/CMakeLists.txt", "add_executable(used used.cpp)"),
                Source("tests/used.cpp", "")]
        dead = [finding.path for finding in words.check_dead_files(tree)]
        self.assertEqual(dead, ["src/io/unused.hpp", "tests/lone.cpp", "tests/lone_script.py"])


class Tools(unittest.TestCase):
    def test_format_violations_are_found(self):
        with tempfile.TemporaryDirectory() as root:
            with open(os.path.join(root, ".clang-format"), "w", encoding="utf-8") as file:
                file.write("BasedOnStyle: Google\n")
            for name, text in (("bad.cpp", "int  a ;\n"), ("good.cpp", "int a;\n")):
                with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                    file.write(text)
            sources = [Source("bad.cpp", "int  a ;\n"), Source("good.cpp", "int a;\n")]
            self.assertEqual({finding.path for finding in check.check_format(root, sources)},
                             {"bad.cpp"})

    def test_a_header_that_leans_on_others_is_found(self):
        with tempfile.TemporaryDirectory() as root:
            os.mkdir(os.path.join(root, "src"))
            for name, text in (("good", "#include <string>\n"), ("bad", "")):
                with open(os.path.join(root, f"src/{name}.hpp"), "w", encoding="utf-8") as file:
                    file.write(f"#pragma once\n{text}inline std::string {name};\n")
            failed = headers.check_headers(root, ["src/good.hpp", "src/bad.hpp"])
            self.assertEqual([finding.path for finding in failed], ["src/bad.hpp"])


if __name__ == "__main__":
    unittest.main()
