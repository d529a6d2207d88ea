"""A third, very small reader of frames: it accepts any frame as it is and judges nothing.

The comparison uses it to see whether a difference is really the one that it is excused as.
"""

import codecs
from dataclasses import dataclass


@dataclass(frozen=True)
class Frame:
    first: int
    length: int  # -1 when the stream ends before it
    shortest: bool  # its length is in the shortest form
    payload: bytes  # unmasked; shorter than length at the stream's end
    is_complete: bool  # all its bytes are there
    fins_before: int  # frames with FIN before it: as many events as a lawful stream has yielded
    open_bytes: int  # size of the fragmented message under way, 0 when none is
    is_open: bool

    @property
    def opcode(self) -> int:
        return self.first & 0x0F

    @property
    def is_control(self) -> bool:
        return self.opcode >= 8


def walk(data: bytes) -> list[Frame]:
    """The frames of a stream, the last perhaps cut, even inside its header."""
    frames: list[Frame] = []
    at, fins, open_bytes, is_open = 0, 0, 0, False
    while len(data) - at >= 2:
        first, second = data[at], data[at + 1]
        wide = {126: 2, 127: 8}.get(second & 0x7F, 0)
        key_at = at + 2 + wide
        start = key_at + (4 if second & 0x80 else 0)
        length = -1
        if len(data) >= key_at:
            length = int.from_bytes(data[at + 2 : key_at], "big") if wide else second & 0x7F
        shortest = length < 0 or wide == 0 or length > {2: 125, 8: 0xFFFF}[wide]
        payload = unmasked(data[start : start + max(length, 0)], data[key_at:start])
        complete = length >= 0 and len(data) >= start + length
        frames.append(
            Frame(first, length, shortest, payload, complete, fins, open_bytes, is_open)
        )
        fins += first >> 7
        if first & 0x0F < 8:
            is_open = not first >> 7
            open_bytes = open_bytes + length if is_open else 0
        if not complete:
            break
        at = start + length
    return frames


def unmasked(payload: bytes, key: bytes) -> bytes:
    return bytes(byte ^ key[i % 4] for i, byte in enumerate(payload)) if key else payload


def first_broken_text(frames: list[Frame]) -> Frame | None:
    """The frame in which a text message stops being UTF-8, by Python's own decoder."""
    decoder = None
    for frame in frames:
        if frame.is_control:
            continue
        if frame.opcode != 0:
            decoder = codecs.getincrementaldecoder("utf-8")() if frame.opcode == 1 else None
        if decoder is None:
            continue
        try:
            decoder.decode(frame.payload, bool(frame.first >> 7) and frame.is_complete)
        except UnicodeDecodeError:
            return frame
        # CPython keeps the first two bytes of a surrogate waiting for the third; they are broken.
        waiting = decoder.getstate()[0]
        if waiting[:1] == b"\xed" and waiting[1:2] >= b"\xa0":
            return frame
    return None
