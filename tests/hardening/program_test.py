"""The built program has the protections that cmake/Compiler.cmake selects."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ["TEST_K2_BINARY"])
RELEASE = ROOT / "build" / "release" / "k2"


def output_of(*command):
    return subprocess.run([str(word) for word in command], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


class Program(unittest.TestCase):
    def check_links(self, binary):
        """Position-independent, its tables of functions resolved at the start and read-only."""
        header = output_of("readelf", "-hW", binary)
        self.assertRegex(header, r"Type:\s+DYN", "not position-independent")
        segments = output_of("readelf", "-lW", binary)
        self.assertIn("GNU_RELRO", segments)
        stack = next(line for line in segments.splitlines() if "GNU_STACK" in line)
        self.assertNotIn("E", stack.split()[-2], "the stack is executable")
        dynamic = output_of("readelf", "-dW", binary)
        self.assertRegex(dynamic, r"FLAGS_1.*\bNOW\b")
        self.assertRegex(dynamic, r"FLAGS_1.*\bPIE\b")
        writable_code = [line for line in segments.splitlines()
                         if line.split()[:1] == ["LOAD"] and "RWE" in line]
        self.assertEqual(writable_code, [])

    def check_code(self, binary):
        """Stacks, copies and jumps are checked."""
        symbols = output_of("readelf", "--dyn-syms", "-W", binary)
        self.assertIn("__stack_chk_fail", symbols)
        self.assertRegex(symbols, r"__(memcpy|memmove|read|snprintf|vsnprintf|fprintf)_chk")
        main = next(line for line in output_of("nm", binary).splitlines()
                    if line.endswith(" T main"))
        start = int(main.split()[0], 16)
        code = output_of("objdump", "-d", f"--start-address={start}",
                         f"--stop-address={start + 16}", binary)
        self.assertTrue(re.search(r"\bendbr64\b", code), code)

    def test_the_program_under_test(self):
        self.check_links(BINARY)
        if os.environ.get("TEST_BUILD_TYPE") == "Release":
            self.check_code(BINARY)

    def test_the_release_program_where_there_is_one(self):
        if not RELEASE.exists():
            self.skipTest("build/release/k2 is not built")
        self.check_links(RELEASE)
        self.check_code(RELEASE)


if __name__ == "__main__":
    if not all(map(shutil.which, ("readelf", "nm", "objdump"))):
        print("SKIPPED: binutils is not installed; ./dev setup test does that")
        sys.exit(77)
    unittest.main()
