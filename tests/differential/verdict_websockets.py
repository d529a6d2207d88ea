"""The verdicts of Python's `websockets`: its sans-I/O Protocol, with recv()'s UTF-8 check."""

import logging

from websockets.frames import Close, Frame, Opcode
from websockets.protocol import CLIENT, SERVER, Protocol, State

from streams import Stream
from verdict import Verdict

SILENT = logging.getLogger("differential")
SILENT.setLevel(logging.CRITICAL)
NAMES = {Opcode.TEXT: "text", Opcode.BINARY: "binary", Opcode.PING: "ping", Opcode.PONG: "pong"}


def line_of(opcode: Opcode, payload: bytes) -> str:
    return f"{NAMES[opcode]}:{payload.hex()}"


def judge(stream: Stream) -> Verdict:
    side = CLIENT if stream.role == "client" else SERVER
    protocol = Protocol(side, max_size=stream.limit, logger=SILENT)
    protocol.receive_data(stream.data)
    events: list[str] = []
    message: list[Frame] = []
    for frame in protocol.events_received():
        if frame.opcode is Opcode.CLOSE:
            close = Close.parse(frame.data)
            events.append(f"close:{int(close.code)}:{close.reason.encode().hex()}")
        elif frame.opcode in (Opcode.PING, Opcode.PONG):
            events.append(line_of(frame.opcode, bytes(frame.data)))
        else:
            message.append(frame)
            if not frame.fin:
                continue
            opcode, payload = message[0].opcode, b"".join(part.data for part in message)
            message = []
            if opcode is Opcode.TEXT and not is_utf8(payload):
                return Verdict(tuple(events), "fail", 1007)
            events.append(line_of(opcode, payload))
    if protocol.parser_exc is not None:
        assert protocol.close_sent is not None
        return Verdict(tuple(events), "fail", int(protocol.close_sent.code))
    return Verdict(tuple(events), "more" if protocol.state is State.OPEN else "closed")


def is_utf8(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True
