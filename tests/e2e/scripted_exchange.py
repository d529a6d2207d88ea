"""An exchange that sends exactly what a test wrote down: plain WebSocket and REST on 127.0.0.1.

`k2 sim` is the exchange that behaves; this one does not have to. Each connection gets the script
from its beginning; a script is a list of steps (see the functions below).
"""

import base64
import hashlib
import http.server
import json
import socket
import socketserver
import struct
import threading
import urllib.parse

_ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def text(payload):
    """One text frame."""
    data = payload.encode() if isinstance(payload, str) else payload
    return frame(0x81, data)


def frame(first_byte, data):
    if len(data) < 126:
        head = struct.pack("!BB", first_byte, len(data))
    elif len(data) < 1 << 16:
        head = struct.pack("!BBH", first_byte, 126, len(data))
    else:
        head = struct.pack("!BBQ", first_byte, 127, len(data))
    return head + data


def trade(symbol, number, price="100.00000000", quantity="1.00000000", time=None, **changes):
    """A trade frame's JSON; a change to None leaves the key out."""
    moment = 1_723_161_255_000_000 + number if time is None else time
    data = {"e": "trade", "E": moment, "s": symbol, "t": number, "p": price, "q": quantity,
            "T": moment, "m": False, "M": True, **changes}
    data = {key: value for key, value in data.items() if value is not None}
    stream = f"{symbol.lower()}@trade"
    return json.dumps({"stream": stream, "data": data}, separators=(",", ":"), ensure_ascii=False)


def rest_row(number, price="100.00000000", quantity="1.00000000"):
    return {"id": number, "price": price, "qty": quantity, "quoteQty": "100.00000000",
            "time": 1_723_161_255_000 + number // 1000, "isBuyerMaker": False, "isBestMatch": True}


class _Threads(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class ScriptedExchange:
    """`script(connection number)` yields what to send: bytes, or a callable that is called."""

    def __init__(self, script, history=None):
        self._script = script
        self._history = history or {}
        self.connections = 0
        self.rest_requests = []
        self._closing = threading.Event()
        outer = self

        class Stream(socketserver.BaseRequestHandler):
            def handle(self):
                outer._serve_stream(self.request)

        class Rest(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer._serve_rest(self)

            def log_message(self, *_):
                pass

        self._stream = _Threads(("127.0.0.1", 0), Stream)
        self._rest = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Rest)
        for server in (self._stream, self._rest):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._closing.set()
        for server in (self._stream, self._rest):
            server.shutdown()
            server.server_close()

    @property
    def stream_url(self):
        return f"ws://127.0.0.1:{self._stream.server_address[1]}"

    @property
    def rest_url(self):
        return f"http://127.0.0.1:{self._rest.server_address[1]}"

    def _serve_stream(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(4096)
            if not piece:
                return
            head += piece
        key = next(line.split(b":", 1)[1].strip() for line in head.split(b"\r\n")
                   if line.lower().startswith(b"sec-websocket-key:"))
        accept = base64.b64encode(hashlib.sha1(key + _ACCEPT).digest())
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                           b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections += 1
        try:
            for step in self._script(self.connections):
                if callable(step):
                    step(connection)
                else:
                    connection.sendall(step)
            self._drain(connection)
        except OSError:
            pass  # the client left; the next connection starts the script again

    def _drain(self, connection):
        connection.settimeout(0.1)
        while not self._closing.is_set():
            try:
                if not connection.recv(65536):
                    return
            except TimeoutError:
                continue

    def _serve_rest(self, request):
        url = urllib.parse.urlparse(request.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        self.rest_requests.append(url.path)
        rows = self._history.get(query.get("symbol"), [])
        first, limit = int(query.get("fromId", 0)), int(query.get("limit", 500))
        if url.path == "/api/v3/exchangeInfo":
            body = {"timezone": "UTC", "serverTime": 0, "rateLimits": [], "exchangeFilters": [],
                    "symbols": [{"symbol": name, "status": "TRADING", "baseAsset": "BASE",
                                 "quoteAsset": "USDT"} for name in self._history]}
        elif url.path == "/api/v3/historicalTrades" and "fromId" in query:
            body = [row for row in rows if row["id"] >= first][:limit]
        elif url.path in ("/api/v3/trades", "/api/v3/historicalTrades"):
            body = rows[-limit:]
        else:
            body = {}
        answer = json.dumps(body, ensure_ascii=False).encode()
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer)
