#!/usr/bin/env python3
"""Every header compiles alone. The compiler cache, where there is one, remembers what did: in any
clone of the tree, for as long as nothing changes that the header includes."""

import concurrent.futures
import os
import shutil
import subprocess
import sys

from check import tree_files
from source import Finding
from words import source_root

COMMAND = ("clang++-19", "-std=c++20", "-O0", "-Wall", "-Wextra", "-Werror", "-Isrc", "-I.", "-c")
# What is compiled has the same name in every clone, or the cache would not know it again.
FOLDER = ".cache/headers"


def compile_alone(root, path):
    unit = os.path.join(FOLDER, path.replace("/", "-") + ".cpp")
    with open(os.path.join(root, unit), "w", encoding="utf-8") as file:
        file.write(f'#include "{path}"\n')
    cache = [program] if (program := shutil.which("ccache")) else []
    run = subprocess.run([*cache, *COMMAND, unit, "-o", unit + ".o"],
                         cwd=root, text=True, capture_output=True, check=False,
                         env={**os.environ, "CCACHE_BASEDIR": root, "CCACHE_NOHASHDIR": "1"})
    if run.returncode == 0:
        return None
    first = next((line for line in run.stderr.splitlines() if "error:" in line), run.stderr[:200])
    return Finding(path, 1, "alone", f"does not compile alone: {first}")


def check_headers(root, paths):
    os.makedirs(os.path.join(root, FOLDER), exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda path: compile_alone(root, path), paths)
        return [finding for finding in found if finding is not None]


def main():
    root = source_root()
    paths = [path for path in tree_files(root) if path.endswith(".hpp")]
    findings = check_headers(root, paths)
    for finding in findings:
        print(finding)
    print(f"headers: {len(findings)} of {len(paths)} do not compile alone")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
