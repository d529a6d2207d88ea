"""A proxy between Kafka clients and one broker that understands frames. Tests use it to hold back,
delay or drop single requests, to lose answers, to reset connections, and to make the link slow.

A client reaches the proxy because the broker advertises the proxy's port (proxied_harness.py).
Each connection has two threads, one per direction, which forward whole frames in their order.
Rules look at each frame before it is forwarded; they run in the order in which they were added.
"""

import collections
import dataclasses
import socket
import struct
import threading
import time

import kafka_frames

REQUEST = "request"
RESPONSE = "response"

# The size in which a slow link takes bytes, so that connections share it fairly.
CHUNK_BYTES = 4096
# Of the proxy's own sockets, so that a slow link is not hidden by a megabyte of buffer before it.
BUFFER_BYTES = 64 << 10
# How long the broker may take to answer a request that was held back.
ANSWER_MAX_S = 15.0


class Bandwidth:
    """Decides when bytes may pass a link of a fixed rate. Pure: it is given the time."""

    # A link that was idle for so long makes up for no more than this, which covers the time that
    # a sleeping thread oversleeps.
    SLACK_S = 0.02

    def __init__(self, bytes_per_second):
        self._bytes_per_second = bytes_per_second
        self._free_at = float("-inf")

    def take(self, size, now):
        """Reserves the link for `size` bytes; returns how long to wait until they have passed."""
        begin = max(self._free_at, now - self.SLACK_S)
        self._free_at = begin + size / self._bytes_per_second
        return max(0.0, self._free_at - now)


class Connection:
    """One client connection and the connection to the broker that belongs to it."""

    def __init__(self, number, client, broker):
        self.number = number
        self.client = client
        self.broker = broker
        self.unanswered = {}  # correlation id -> Request
        self.held = None  # a Hold that needs the broker's side after the client's is gone
        self.ended = False

    def close_client(self):
        close(self.client, reset=True)

    def close(self):
        close(self.client, reset=True)
        close(self.broker, reset=True)


class Hold:
    """One request that is kept back: the broker has not seen it, and its client no longer waits
    for it, because the connection was reset. Release it, as often as you like, or discard it."""

    def __init__(self, proxy):
        self._proxy = proxy
        self._response = None
        self.rule = None
        self.connection = None
        self.request = None

    @property
    def is_held(self):
        return self.request is not None

    def release(self, seconds=ANSWER_MAX_S):
        """Sends the request to the broker on its own old connection, and waits for the answer.
        Returns the response, or None when there is none. Threads of other connections may call."""
        self._response = None
        self.connection.unanswered[self.request.correlation_id] = self.request
        try:
            self.connection.broker.sendall(self.request.frame)
        except OSError:
            return None
        self._proxy.wait_for(lambda: self._response is not None or self.connection.ended, seconds)
        return self._response

    def on_response(self, response):
        """Called by the proxy for each response that comes on the request's connection."""
        if response.request is self.request:
            self._response = response

    def discard(self):
        """Ends the connection to the broker, which then sees the request no more. Before a request
        came, none is kept back any more."""
        if self.rule is not None:
            self._proxy.remove(self.rule)
            self.rule = None
        if self.is_held:
            close(self.connection.broker)


@dataclasses.dataclass
class Rule:
    """An action for frames of one kind. `act(connection, frame)` returns True when the frame
    must not be forwarded."""

    direction: str
    api_key: int
    act: object
    where: object = None
    left: float = float("inf")  # how many more frames it applies to

    def matches(self, direction, frame):
        return (self.left > 0 and self.direction == direction and self.api_key == frame.api_key and
                (self.where is None or self.where(frame)))


class FrameProxy:
    """The proxy of one broker. It accepts connections from its construction until stop(). A port
    that refuse() gives up for a while should not be one that the kernel gives to clients."""

    def __init__(self, broker_port, port=0, host="127.0.0.1"):
        self._broker = (host, broker_port)
        self._changed = threading.Condition()
        self._rules = []
        self._connections = {}
        self._threads = []
        self._stopped = threading.Event()
        self._bandwidth = {REQUEST: None, RESPONSE: None}
        self.requests = collections.Counter()  # frames that were seen, by api key
        self.responses = collections.Counter()
        self.passed_bytes = collections.Counter()  # by direction
        self.accepted = 0
        self._listener = listen(host, port)
        self.port = self._listener.getsockname()[1]
        self._start(self._accept, self._listener)

    # The rules. `where` looks at a Request, or at a Response with its request in it.

    def hold(self, api_key, where=None):
        """Keeps back the next such request and resets its client's connection. The connection to
        the broker stays open, so that the request can be delivered later."""
        hold = Hold(self)

        def act(connection, request):
            hold.connection = connection
            connection.held = hold
            connection.close_client()
            hold.request = request
            return True

        hold.rule = self._add(Rule(REQUEST, api_key, act, where, left=1))
        return hold

    def drop(self, api_key, direction=REQUEST, where=None, times=1):
        """Such frames vanish; the connection stays."""
        return self._add(Rule(direction, api_key, lambda *_: True, where, times))

    def reset(self, api_key, direction=REQUEST, where=None, times=1):
        """Lets such a frame end its connection. Of a response: the broker has performed the
        request, and the client does not learn of it."""
        def act(connection, _):
            connection.close()
            return True

        return self._add(Rule(direction, api_key, act, where, times))

    def delay(self, api_key, seconds, direction=REQUEST, where=None, times=float("inf")):
        """Such frames, and all behind them on the same connection, come later."""
        def act(*_):
            self._stopped.wait(seconds)

        return self._add(Rule(direction, api_key, act, where, times))

    def before(self, api_key, call, direction=REQUEST, where=None, times=float("inf")):
        """Calls call(frame) before such frames are forwarded, in their connection's thread."""
        def act(_, frame):
            call(frame)

        return self._add(Rule(direction, api_key, act, where, times))

    def remove(self, rule):
        with self._changed:
            self._rules.remove(rule)

    # The whole link.

    def limit(self, bytes_per_second):
        """All connections together get this rate in each direction; None lifts the limit."""
        with self._changed:
            for direction in self._bandwidth:
                self._bandwidth[direction] = (
                    None if bytes_per_second is None else Bandwidth(bytes_per_second))

    def refuse(self):
        """Resets every connection, and refuses new ones until accept()."""
        close(self._listener)
        self.reset_all()

    def accept(self):
        """Ends refuse()."""
        self._listener = listen(self._broker[0], self.port)
        self._start(self._accept, self._listener)

    def reset_all(self):
        with self._changed:
            connections = list(self._connections.values())
        for connection in connections:
            connection.close()

    def wait_for(self, condition, seconds):
        """Waits until condition() is true of what passed; returns what it returned last."""
        with self._changed:
            return self._changed.wait_for(condition, seconds)

    def stop(self):
        self._stopped.set()
        self.refuse()
        for thread in self._threads:
            thread.join()

    # The threads.

    def _add(self, rule):
        with self._changed:
            self._rules.append(rule)
        return rule

    def _start(self, run, *arguments):
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        with self._changed:
            self._threads = [other for other in self._threads if other.is_alive()] + [thread]
            thread.start()

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return  # refuse() or stop()
            try:
                broker = socket.create_connection(self._broker, timeout=5)
            except OSError:
                close(client, reset=True)
                continue
            for one in (client, broker):
                one.settimeout(None)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self.accepted += 1
                connection = Connection(self.accepted, client, broker)
                self._connections[connection.number] = connection
            self._start(self._forward_requests, connection)
            self._start(self._forward_responses, connection)

    def _forward_requests(self, connection):
        try:
            while (frame := read_frame(connection.client)) is not None:
                request = kafka_frames.parse_request(frame, connection.number)
                with self._changed:
                    connection.unanswered[request.correlation_id] = request
                if not self._apply(REQUEST, connection, request):
                    self._send(REQUEST, connection.broker, frame)
                self._count(self.requests, request)
        except (OSError, kafka_frames.NotKafka):
            pass
        # A request that is held needs this side later.
        if connection.held is None:
            connection.close()

    def _forward_responses(self, connection):
        try:
            while (frame := read_frame(connection.broker)) is not None:
                number = kafka_frames.correlation_id_of(frame)
                with self._changed:
                    request = connection.unanswered.pop(number, None)
                if request is None:
                    raise kafka_frames.NotKafka(f"nobody asked for the response {number}")
                response = kafka_frames.Response(request, frame)
                self._answer(connection, response)
        except (OSError, kafka_frames.NotKafka):
            pass
        connection.close()
        with self._changed:
            connection.ended = True
            self._connections.pop(connection.number, None)
            self._changed.notify_all()

    def _answer(self, connection, response):
        hold = connection.held
        if hold is None:
            try:
                if not self._apply(RESPONSE, connection, response):
                    self._send(RESPONSE, connection.client, response.frame)
            except OSError:
                # The client may have been reset for a request that is held meanwhile.
                if connection.held is None:
                    raise
        else:
            hold.on_response(response)
        self._count(self.responses, response)

    def _count(self, counter, frame):
        with self._changed:
            counter[frame.api_key] += 1
            self._changed.notify_all()

    def _apply(self, direction, connection, frame):
        """True when a rule took the frame away."""
        with self._changed:
            rules = list(self._rules)
        for rule in rules:
            with self._changed:
                if not rule.matches(direction, frame):
                    continue
                rule.left -= 1
            if rule.act(connection, frame):
                return True
        return False

    def _send(self, direction, target, frame):
        for begin in range(0, len(frame), CHUNK_BYTES):
            chunk = frame[begin:begin + CHUNK_BYTES]
            with self._changed:
                bandwidth = self._bandwidth[direction]
                wait_s = bandwidth.take(len(chunk), time.monotonic()) if bandwidth else 0.0
                self.passed_bytes[direction] += len(chunk)
            if wait_s > 0:
                self._stopped.wait(wait_s)
            target.sendall(chunk)


def listen(host, port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    listener.bind((host, port))
    listener.listen()
    return listener


def close(one, reset=False):
    """Closes a socket and wakes the threads that use it. With `reset` the peer gets an RST."""
    try:
        if reset:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # A thread that waits in recv() holds the socket open; it must not end with a FIN.
        one.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()


def read_frame(source):
    """A whole frame with its length; None when the connection has ended."""
    head = read_exactly(source, 4)
    if head is None:
        return None
    size = int.from_bytes(head, "big", signed=True)
    if not 0 <= size <= kafka_frames.FRAME_MAX_BYTES:
        raise kafka_frames.NotKafka(f"a frame of {size} bytes")
    body = read_exactly(source, size)
    return None if body is None else head + body


def read_exactly(source, size):
    content = bytearray()
    while len(content) < size:
        part = source.recv(min(size - len(content), 1 << 20))
        if not part:
            return None
        content += part
    return bytes(content)
