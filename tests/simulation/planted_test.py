#!/usr/bin/env python3
"""Each planted bug is found within 200 seeds: prints its name, the seed and the oracle."""

import re
import subprocess
import sys

SEEDS = "1..200"


def find(program, bug):
    run = subprocess.run((program, "--planted", bug, "--seeds", SEEDS), text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return re.search(r"(?m)^seed (\d+) FAILED: (\w+)", run.stdout)


def main():
    program = sys.argv[1]
    names = subprocess.run((program, "--list-planted"), text=True, stdout=subprocess.PIPE,
                           check=True).stdout.split()
    missed = 0
    for bug in names:
        found = find(program, bug)
        missed += found is None
        print(f"{bug:<24}", f"seed {found[1]:>3}  {found[2]}" if found else "NOT FOUND", flush=True)
    print(f"{len(names) - missed} of {len(names)} planted bugs found")
    return 1 if missed or len(names) < 12 else 0


if __name__ == "__main__":
    sys.exit(main())
