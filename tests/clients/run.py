"""Runs one client's test with the Python of .cache/venv-clients; without it the test counts as
skipped (77), loudly."""

import os
import sys

root, program, test = sys.argv[1:]
python = os.path.join(root, ".cache", "venv-clients", "bin", "python")
if not os.path.exists(python):
    print(f"SKIPPED: {python} is missing; `./dev setup` makes it", file=sys.stderr)
    sys.exit(77)
os.execv(python, [python, os.path.join(root, "tests", "clients", test), program])
