"""Random and mutated WebSocket streams, repeatable by seed: what both sides of the comparison read.

A stream is lawful frames first; most get one unlawful frame, a few mutated bytes or a cut end, and
some are nothing but noise with a frame's first bytes.
"""

import random
from dataclasses import dataclass

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
FIN = 0x80

WORDS = ["trade", '{"e":"trade","p":"0.00000001"}', "Hello-µ@ßöäüàá!!", "κόσμε", "币安", "😀"]
BAD_UTF8 = [b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff", b"\xe1\xbd"]
GOOD_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999]
BAD_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535]
RESERVED_OPCODES = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]
HUGE_LENGTHS = [2**63, 2**64 - 1, 2**62, 2**53]
LENGTHS = [0, 1, 2, 7, 8, 9, 31, 32, 33, 124, 125, 126, 127, 128, 200, 300]


@dataclass(frozen=True)
class Stream:
    role: str  # of the reader: "client" or "server"
    limit: int  # bytes of a message
    data: bytes


class Writer:
    """Writes the frames of one stream."""

    def __init__(self, rng: random.Random, masked: bool):
        self.rng = rng
        self.masked = masked
        self.out = bytearray()

    def frame(self, first: int, payload: bytes, *, masked=None, form=None, length=None) -> None:
        """Appends a frame; the keywords make it an unlawful one."""
        masked = self.masked if masked is None else masked
        length = len(payload) if length is None else length
        form = form or (7 if length < 126 else 16 if length < 65536 else 64)
        bit = 0x80 if masked else 0
        self.out.append(first)
        if form == 7:
            self.out.append(bit | length)
        elif form == 16:
            self.out += bytes([bit | 126]) + length.to_bytes(2, "big")
        else:
            self.out += bytes([bit | 127]) + length.to_bytes(8, "big")
        if masked:
            key = self.rng.randbytes(4)
            self.out += key
            payload = bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))
        self.out += payload

    def text(self) -> bytes:
        words = [self.rng.choice(WORDS) for _ in range(self.rng.randrange(6))]
        if self.rng.random() < 0.2:
            words.append("x" * self.rng.choice(LENGTHS))
        text = "".join(words).encode()
        if self.rng.random() < 0.03:
            cut = self.rng.randrange(len(text) + 1)
            text = text[:cut] + self.rng.choice(BAD_UTF8) + text[cut:]
        return text

    def control(self) -> None:
        size = self.rng.choice([0, 0, 5, 13, 125])
        self.frame(FIN | self.rng.choice([PING, PONG]), self.rng.randbytes(size))

    def message(self) -> None:
        is_text = self.rng.random() < 0.7
        payload = self.text() if is_text else self.rng.randbytes(self.rng.choice(LENGTHS))
        opcode = TEXT if is_text else BINARY
        if self.rng.random() < 0.5:
            self.frame(FIN | opcode, payload)
            return
        cuts = sorted(self.rng.randrange(len(payload) + 1) for _ in range(self.rng.randrange(4)))
        for start, end in zip([0, *cuts], [*cuts, len(payload)]):
            last = end == len(payload) and start == (cuts[-1] if cuts else 0)
            self.frame((FIN if last else 0) | opcode, payload[start:end])
            opcode = 0
            if last:
                return
            if self.rng.random() < 0.3:
                self.control()
            if self.rng.random() < 0.02:
                self.close()
        self.frame(FIN, b"")

    def around_the_limit(self) -> None:
        """A message of about 1,000 bytes, whole or in two fragments."""
        opcode = self.rng.choice([TEXT, BINARY])
        payload = b"x" * self.rng.choice([999, 1000, 1001, 1500])
        cut = self.rng.choice([0, 0, 400, 1000])
        if cut > 0:
            self.frame(opcode, payload[:cut])
            opcode = 0
        self.frame(FIN | opcode, payload[cut:])

    def close(self) -> None:
        code = self.rng.choice(GOOD_CODES if self.rng.random() < 0.75 else BAD_CODES)
        reason = self.text()[:123] if self.rng.random() < 0.5 else b""
        payload = b"" if self.rng.random() < 0.2 else code.to_bytes(2, "big") + reason
        self.frame(FIN | CLOSE, payload)

    def unlawful(self) -> None:
        """One frame that breaks a rule of its own header, or of its place."""
        kind = self.rng.randrange(10)
        data = self.rng.randbytes(self.rng.choice(LENGTHS))
        opcode = self.rng.choice([0, TEXT, BINARY, CLOSE, PING, PONG])
        if kind == 0:
            self.frame(FIN | self.rng.randrange(1, 8) << 4 | opcode, data[:100])
        elif kind == 1:
            self.frame(FIN * self.rng.randrange(2) | self.rng.choice(RESERVED_OPCODES), data)
        elif kind == 2:
            self.frame(self.rng.choice([CLOSE, PING, PONG]), data[:100])
        elif kind == 3:
            self.frame(FIN | self.rng.choice([CLOSE, PING, PONG]), self.rng.randbytes(126))
        elif kind == 4:
            self.frame(FIN | opcode, data[:100], masked=not self.masked)
        elif kind == 5:
            self.frame(FIN | TEXT, b"short", form=self.rng.choice([16, 64]))
        elif kind == 6:
            self.frame(FIN | BINARY, b"", form=64, length=self.rng.choice(HUGE_LENGTHS))
        elif kind == 7:
            self.frame(FIN * self.rng.randrange(2), data)
        elif kind == 8:
            self.frame(TEXT, b"open")
            self.frame(self.rng.choice([TEXT, BINARY, FIN | TEXT]), b"again")
        else:
            self.frame(FIN | CLOSE, b"\x03")


def mutated(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        if not out:
            break
        at = rng.randrange(len(out))
        kind = rng.randrange(4)
        if kind == 0:
            out[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            out[at] = rng.randrange(256)
        elif kind == 2:
            del out[at : at + rng.randrange(1, 5)]
        else:
            out[at:at] = rng.randbytes(rng.randrange(1, 5))
    return bytes(out)


def make_stream(rng: random.Random) -> Stream:
    role = rng.choice(["client", "server"])
    writer = Writer(rng, masked=role == "server")
    limit = 1000
    kind = rng.random()
    if kind < 0.08:
        for _ in range(rng.randrange(1, 8)):
            first = rng.choice([FIN, 0]) | rng.choice([0, 1, 2, 8, 9, 10])
            mask = 0x80 if role == "server" else 0
            writer.out += bytes([first, mask | rng.randrange(128)])
            writer.out += rng.randbytes(rng.randrange(60))
        return Stream(role, limit, bytes(writer.out))
    for _ in range(rng.randrange(1, 6)):
        writer.control() if rng.random() < 0.2 else writer.message()
    if kind < 0.09:
        limit = 70_000
        size = rng.choice([65535, 65536, 69_999, 70_000, 70_001])
        writer.frame(FIN | rng.choice([TEXT, BINARY]), b"x" * size)
    if kind < 0.3:
        writer.unlawful()
        writer.message()
    if rng.random() < 0.06:
        writer.around_the_limit()
    if rng.random() < 0.5:
        writer.close()
        if rng.random() < 0.5:
            writer.message()
    data = bytes(writer.out)
    if 0.3 <= kind < 0.55:
        data = mutated(rng, data)
    if rng.random() < 0.2:
        data = data[: rng.randrange(len(data) + 1)]
    return Stream(role, limit, data)


def make_streams(seed: int, count: int) -> list[Stream]:
    rng = random.Random(seed)
    return [make_stream(rng) for _ in range(count)]
