"""Prints how many lines of src/ and tools/ the tests ran, and which files fell shortest. Takes what
`llvm-cov export --summary-only` printed, and the least share in percent that is good enough.
"""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where the sources were compiled, and so what their names are relative to.
COMPILED_IN = ROOT / "build" / "dev"
SHOWN = 10


def of_product(name):
    """The file's name in the tree when it is of src/ or tools/ and no test; None otherwise."""
    path = (COMPILED_IN / name).resolve()
    if not path.is_relative_to(ROOT) or path.stem.endswith("_test"):
        return None
    inside = path.relative_to(ROOT)
    return inside if inside.parts[0] in ("src", "tools") else None


def main(summary, least):
    lines = {}
    for file in json.loads(pathlib.Path(summary).read_text())["data"][0]["files"]:
        if (name := of_product(file["filename"])) is not None:
            lines[name] = file["summary"]["lines"]
    run = sum(of_file["covered"] for of_file in lines.values())
    of_all = sum(of_file["count"] for of_file in lines.values())
    share = 100 * run / of_all if of_all else 0
    print(f"-- coverage: {run} of {of_all} lines in {len(lines)} files of src and tools,"
          f" {share:.1f} %; the files with most lines never run:")
    never_run = sorted(lines.items(), key=lambda item: item[1]["covered"] - item[1]["count"])
    for name, of_file in never_run[:SHOWN]:
        print(f"   {of_file['count'] - of_file['covered']:5} of {of_file['count']:5}  {name}")
    if share < float(least):
        sys.exit(f"./dev: {share:.1f} % is less than {least} %")


if __name__ == "__main__":
    main(*sys.argv[1:])
