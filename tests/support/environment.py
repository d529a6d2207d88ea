"""Finds what `./dev setup` installed for the tests: the Python packages and the node packages.

A missing package is a failure, or, only with TEST_K2_ALLOW_SKIP=1, a skip that ctest
counts as one (exit code 77, SKIP_RETURN_CODE).
"""

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV_PYTHON = ROOT / ".cache" / "venv" / "bin" / "python"
NODE_MODULES = ROOT / ".cache" / "node" / "node_modules"
SKIPPED = 77


def missing(what: str) -> None:
    """Ends the test: it cannot run without `what`."""
    if os.environ.get("TEST_K2_ALLOW_SKIP") == "1":
        print(f"SKIPPED: {what} is missing", flush=True)
        sys.exit(SKIPPED)
    sys.exit(f"FAILED: {what} is missing; run ./dev setup (or set TEST_K2_ALLOW_SKIP=1)")


def enter_venv() -> None:
    """Continues in the interpreter that has the packages of tests/python/requirements.txt."""
    if Path(sys.prefix) == VENV_PYTHON.parents[1]:
        return
    if not VENV_PYTHON.exists():
        missing(str(VENV_PYTHON.relative_to(ROOT)))
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv])


def node_with(package: str) -> str:
    """The path of node, once `package` is known to be installed for it."""
    node = shutil.which("node")
    if node is None:
        missing("node")
    if not (NODE_MODULES / package).is_dir():
        missing(f"the node package {package}")
    return str(node)
