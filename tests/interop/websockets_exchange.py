"""An exchange on the public library `websockets`, over TLS, for `k2 stream` to meet: it sends what
a test wrote down, in any shape that the WebSocket protocol allows, and answers REST on the same
port.
"""

import asyncio
import concurrent.futures
import http
import json
import pathlib
import ssl
import subprocess
import threading
import urllib.parse

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

ANSWER_MAX_S = 20


def make_certificate(folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """A certificate for 127.0.0.1 that is self-signed, and its key."""
    certificate, key = folder / "exchange.pem", folder / "exchange.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=k2 interop",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True)  # fmt: skip
    return certificate, key


class WebsocketsExchange:
    """`script(connection, number)` is a coroutine function: what to do on the number-th connection.

    When it returns, the connection stays open until the client leaves.
    """

    def __init__(self, folder, script, history):
        self._certificate, self._key = make_certificate(folder)
        self._script = script
        self._history = history
        self.connections: list[ServerConnection] = []
        self.failures: list[BaseException] = []
        self._port: concurrent.futures.Future[int] = concurrent.futures.Future()
        self._thread = threading.Thread(target=asyncio.run, args=(self._run(),), daemon=True)

    def __enter__(self):
        self._thread.start()
        self.port = self._port.result(ANSWER_MAX_S)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(ANSWER_MAX_S)

    @property
    def flags(self):
        """Returns the flags of `k2 stream` for this exchange."""
        return ["--stream-url", f"wss://127.0.0.1:{self.port}",
                "--rest-url", f"https://127.0.0.1:{self.port}",
                "--custom-ca-bundle", self._certificate]  # fmt: skip

    async def _run(self):
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate, self._key)
        # Its own pings, each 0.2 s, run through every test.
        options = {"ssl": context, "ping_interval": 0.2, "ping_timeout": ANSWER_MAX_S}
        async with serve(
            self._serve, "127.0.0.1", 0, process_request=self._rest, **options
        ) as server:
            self._port.set_result(server.sockets[0].getsockname()[1])
            await self._stop.wait()

    async def _serve(self, connection):
        self.connections.append(connection)
        try:
            await self._script(connection, len(self.connections))
            await connection.wait_closed()
        except ConnectionClosed:
            pass  # the client left
        except BaseException as failure:
            self.failures.append(failure)
            raise

    def _rest(self, connection, request):
        url = urllib.parse.urlparse(request.path)
        if not url.path.startswith("/api/"):
            return None
        query = dict(urllib.parse.parse_qsl(url.query))
        rows = self._history.get(query.get("symbol"), [])
        first, limit = int(query.get("fromId", 0)), int(query.get("limit", 500))
        if url.path == "/api/v3/exchangeInfo":
            symbols = [{"symbol": name, "status": "TRADING", "quoteAsset": "USDT"}
                       for name in self._history]  # fmt: skip
            body = {"timezone": "UTC", "serverTime": 0, "rateLimits": [], "symbols": symbols}
        elif "fromId" in query:
            body = [row for row in rows if row["id"] >= first][:limit]
        else:
            body = rows[-limit:]
        response = connection.respond(http.HTTPStatus.OK, json.dumps(body))
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/json"
        return response


async def close_with(connection: ServerConnection, code: int | None) -> None:
    """Sends a close frame with this code, or with none, and waits for the answer."""
    async with connection.send_context():
        connection.protocol.send_close(code, "" if code is None else "the test says so")
    await asyncio.wait_for(connection.wait_closed(), ANSWER_MAX_S)
