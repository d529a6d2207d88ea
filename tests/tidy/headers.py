#!/usr/bin/env python3
"""Every header compiles alone. What passed is remembered by the content it was made of."""

import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys

from check import tree_files
from source import Finding
from words import source_root

COMMAND = ("clang++-19", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
           "-Isrc", "-I.", "-x", "c++", "-")
MEMORY = ".cache/tidy-headers.json"


class Fingerprints:
    """A header's hash covers what it includes from the tree, at any depth."""

    def __init__(self, root):
        self.root = root
        self.texts = {}

    def text(self, path):
        if path not in self.texts:
            with open(os.path.join(self.root, path), encoding="utf-8") as file:
                self.texts[path] = file.read()
        return self.texts[path]

    def closure(self, path, seen):
        if path in seen:
            return seen
        seen.add(path)
        for name in re.findall(r'(?m)^#include "([^"]+)"', self.text(path)):
            for place in ("src/" + name, name):
                if os.path.isfile(os.path.join(self.root, place)):
                    self.closure(place, seen)
                    break
        return seen

    def of(self, path):
        digest = hashlib.sha256(" ".join(COMMAND).encode())
        for part in sorted(self.closure(path, set())):
            digest.update(f"{part}\0{self.text(part)}\0".encode())
        return digest.hexdigest()


def compile_alone(root, path):
    run = subprocess.run(COMMAND, cwd=root, input=f'#include "{path}"\n', text=True,
                         capture_output=True, check=False)
    if run.returncode == 0:
        return None
    first = next((line for line in run.stderr.splitlines() if "error:" in line), run.stderr[:200])
    return Finding(path, 1, "alone", f"does not compile alone: {first}")


def check_headers(root, paths, passed=None):
    """Adds the fingerprints of what compiled to `passed`, and skips what is in it already."""
    passed = {} if passed is None else passed
    prints = Fingerprints(root)
    todo = [path for path in paths if passed.get(path) != prints.of(path)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, finding in zip(todo, pool.map(lambda path: compile_alone(root, path), todo)):
            if finding is None:
                passed[path] = prints.of(path)
            else:
                yield finding


def main():
    root = source_root()
    memory = os.path.join(root, MEMORY)
    passed = {}
    if os.path.isfile(memory):
        with open(memory, encoding="utf-8") as file:
            passed = json.load(file)
    paths = [path for path in tree_files(root) if path.endswith(".hpp")]
    findings = list(check_headers(root, paths, passed))
    os.makedirs(os.path.dirname(memory), exist_ok=True)
    with open(memory, "w", encoding="utf-8") as file:
        json.dump({path: passed[path] for path in paths if path in passed}, file, indent=0)
    for finding in findings:
        print(finding)
    print(f"headers: {len(findings)} of {len(paths)} do not compile alone")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
