"""The result of a reader for a stream, in the one-line form that all readers of this test print:

    text:<hex> binary:<hex> ping:<hex> pong:<hex> close:<code>:<hex> <end>

where <end> is `more` (alive, waiting), `closed` (a close frame was read) or `fail:<code>[:<why>]`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    events: tuple[str, ...]
    end: str  # "more", "closed" or "fail"
    code: int = 0  # of a failure
    why: str = ""  # of a failure, if the reader names it

    @property
    def outcome(self) -> tuple[str, int]:
        return self.end, self.code

    def starts_with(self, other: "Verdict") -> bool:
        return self.events[: len(other.events)] == other.events


def parse_verdict(line: str) -> Verdict:
    *events, end = line.split()
    if end.startswith("fail:"):
        _, code, *why = end.split(":")
        return Verdict(tuple(events), "fail", int(code), "".join(why))
    return Verdict(tuple(events), end)
