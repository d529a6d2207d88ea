#!/usr/bin/env python3
"""The rules of the house, checked: run it from anywhere, it finds its tree. Exit 0 only when clean.

`// k2-ok: reason` on a line (or the one above it) excuses what stands there.
"""

import concurrent.futures
import itertools
import os
import subprocess
import sys

import bans
import layers
import shape
import words
from source import Finding, Source

PER_FILE = (
    layers.check_layers,
    bans.check_pure,
    bans.check_coroutines,
    shape.check_lengths,
    shape.check_functions,
    shape.check_header,
    words.check_words,
    words.check_openings,
    words.check_replaced_words,
    words.check_sentences,
    words.check_errors_documented,
    words.check_links,
)
FILES_PER_RUN = 16


def tree_files(root):
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, check=True, capture_output=True, text=True).stdout
    paths = set(listed.split("\0")) - {""}
    return sorted(path for path in paths if os.path.isfile(os.path.join(root, path)))


def load(root):
    sources = []
    for path in tree_files(root):
        try:
            with open(os.path.join(root, path), encoding="utf-8") as file:
                sources.append(Source(path, file.read()))
        except UnicodeDecodeError:
            continue
    return sources


def check_format(root, sources):
    """clang-format-19 would change nothing."""
    paths = [source.path for source in sources if source.is_cpp]
    chunks = [paths[at : at + FILES_PER_RUN] for at in range(0, len(paths), FILES_PER_RUN)]

    def dry_run(chunk):
        command = ["clang-format-19", "--dry-run", "--ferror-limit=1", *chunk]
        run = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
        return run.stderr.splitlines()

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for line in itertools.chain.from_iterable(pool.map(dry_run, chunks)):
            if "[-Wclang-format-violations]" in line:
                path, number, _ = line.split(":", 2)
                yield Finding(path, int(number), "format", "run ./dev format")


def check(root):
    sources = load(root)
    for source in sources:
        for rule in PER_FILE:
            yield from rule(source)
    yield from words.check_dead_files(sources)
    yield from check_format(root, sources)


def main():
    root = words.source_root()
    findings = list(check(root))
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings)} findings in {len(tree_files(root))} files")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
