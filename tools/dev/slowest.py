"""Prints the slowest tests of all builds. Takes the JUnit files that ctest wrote, one a build; a
build is named after its file.
"""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree

SHOWN = 10


def times(report):
    """(seconds, build, name) of each test in the file that ran."""
    root = ElementTree.parse(report).getroot()
    return [(float(case.get("time", 0)), pathlib.Path(report).stem, case.get("name"))
            for case in root.iter("testcase") if case.get("status") in ("run", "fail")]


def main(reports):
    found = []
    for report in reports:
        try:
            found += times(report)
        except ElementTree.ParseError:
            print(f"-- {report} is incomplete: ctest did not finish; its tests are not listed")
    slowest = sorted(found, reverse=True)[:SHOWN]
    if slowest:
        print(f"-- the {len(slowest)} slowest of {len(found)} tests:")
    for seconds, build, name in slowest:
        print(f"   {seconds:6.1f} s  {build}: {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
