"""Our WebSocket decoder against two independent ones, npm `ws` and Python's `websockets`, on random
and mutated streams: the same messages, the same accept or refuse, the same close code, but for the
differences that differences.py names and narrows.

Usage: ws_differential_test.py --tool WS_VERDICT [--count N] [--seed N]
"""

import argparse
import collections
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from environment import NODE_MODULES, enter_venv, node_with  # noqa: E402

enter_venv()

import verdict_websockets  # noqa: E402
from differences import OF_WEBSOCKETS, OF_WS  # noqa: E402
from frame_walk import walk  # noqa: E402
from streams import Stream, make_streams  # noqa: E402
from verdict import Verdict, parse_verdict  # noqa: E402

# Each of these must be no rarity among our verdicts, or the streams prove little.
SHARE_MIN = {("more", 0): 0.2, ("closed", 0): 0.1, ("fail", 1002): 0.2, ("fail", 1007): 0.03,
             ("fail", 1009): 0.02}  # fmt: skip
SHOWN_MAX = 10


def run_reader(command: list[str]) -> list[Verdict]:
    result = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if result.returncode != 0:
        sys.exit(f"FAILED: {command[0]}: {result.stderr}")
    return [parse_verdict(line) for line in result.stdout.splitlines()]


def compare(name: str, streams: list[Stream], ours: list[Verdict], theirs: list[Verdict],
            differences: dict) -> int:  # fmt: skip
    """Prints the unexplained differences and the number of explained ones; returns the failures."""
    assert len(streams) == len(ours) == len(theirs), f"{name}: a verdict is missing"
    explained: collections.Counter = collections.Counter()
    failures = 0
    for index, (stream, our, their) in enumerate(zip(streams, ours, theirs)):
        if our.events == their.events and our.outcome == their.outcome:
            continue
        frames = walk(stream.data)
        reason = next((d for d in differences if d(our, their, stream, frames)), None)
        if reason is not None:
            explained[reason] += 1
            continue
        failures += 1
        if failures <= SHOWN_MAX:
            print(f"DIFFERENT from {name}: stream {index}, read as {stream.role}")
            print(f"  bytes: {stream.data[:200].hex()}")
            print(f"  ours:  {str(our)[:300]}\n  {name}: {str(their)[:300]}")
    same = len(streams) - failures - explained.total()
    print(f"{name}: {same} the same, {failures} unexplained differences")
    for difference, share_max in differences.items():
        count = explained[difference]
        print(f"  {count:6} {difference.__name__}: {difference.__doc__}")
        if count > share_max * len(streams):
            print(f"FAILED: {difference.__name__} explains more than {share_max:.0%}")
            failures += 1
    return failures


def check_shares(ours: list[Verdict]) -> int:
    shares = collections.Counter(verdict.outcome for verdict in ours)
    counts = (f"{end} {code}: {count}" for (end, code), count in sorted(shares.items()))
    print("our verdicts:", ", ".join(counts))
    poor = [outcome for outcome, share in SHARE_MIN.items() if shares[outcome] < share * len(ours)]
    for outcome in poor:
        print(f"FAILED: too few streams end in {outcome}")
    return len(poor)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    parser.add_argument("--count", type=int, default=24_000)
    parser.add_argument("--seed", type=int, default=6455)
    options = parser.parse_args()
    node = node_with("ws")

    streams = make_streams(options.seed, options.count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "streams"
        path.write_text("".join(f"{s.role} {s.limit} {s.data.hex()}\n" for s in streams))
        ours = run_reader([options.tool, str(path)])
        script = Path(__file__).with_name("verdict_ws.js")
        ws = run_reader([node, str(script), str(path), str(NODE_MODULES)])
    websockets = [verdict_websockets.judge(stream) for stream in streams]

    failures = check_shares(ours)
    failures += compare("ws", streams, ours, ws, OF_WS)
    failures += compare("websockets", streams, ours, websockets, OF_WEBSOCKETS)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
