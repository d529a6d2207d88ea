"""The frames of the Kafka protocol, as far as a proxy has to understand them: the kind of a
request, its response, and a few fields of the requests that make up a transaction.

Source: the Apache Kafka protocol guide and the message definitions of Kafka 4.3.
"""

import dataclasses
import struct

PRODUCE = 0
FETCH = 1
LIST_OFFSETS = 2
METADATA = 3
OFFSET_COMMIT = 8
OFFSET_FETCH = 9
FIND_COORDINATOR = 10
JOIN_GROUP = 11
HEARTBEAT = 12
LEAVE_GROUP = 13
SYNC_GROUP = 14
API_VERSIONS = 18
CREATE_TOPICS = 19
INIT_PRODUCER_ID = 22
ADD_PARTITIONS_TO_TXN = 24
ADD_OFFSETS_TO_TXN = 25
END_TXN = 26
TXN_OFFSET_COMMIT = 28
DESCRIBE_CONFIGS = 32

NAMES = {number: name for name, number in list(globals().items())
         if name.isupper() and isinstance(number, int)}

# Error codes that an EndTxn is answered with.
CONCURRENT_TRANSACTIONS = 51
ERRORS = {0: "NONE", 22: "ILLEGAL_GENERATION", 47: "INVALID_PRODUCER_EPOCH",
          48: "INVALID_TXN_STATE", 49: "INVALID_PRODUCER_ID_MAPPING",
          CONCURRENT_TRANSACTIONS: "CONCURRENT_TRANSACTIONS", 90: "PRODUCER_FENCED"}

# The first version with compact strings and tagged fields, of the requests whose body is read.
FLEXIBLE_SINCE = {PRODUCE: 9, END_TXN: 3}

# Far above what a broker accepts (socket.request.max.bytes). A larger length is no Kafka frame.
FRAME_MAX_BYTES = 256 << 20


class NotKafka(Exception):
    """The bytes of a connection are no frame of this protocol."""


def name_of(api_key):
    return NAMES.get(api_key, str(api_key))


class Fields:
    """Reads the fields of a message one after the other."""

    def __init__(self, data, at, flexible):
        self._data = data
        self.at = at
        self._flexible = flexible

    def _take(self, size):
        begin, self.at = self.at, self.at + size
        if self.at > len(self._data):
            raise NotKafka(f"a frame of {len(self._data)} bytes ends within a field")
        return self._data[begin:self.at]

    def _number(self, layout):
        return struct.unpack(layout, self._take(struct.calcsize(layout)))[0]

    def int8(self):
        return self._number(">b")

    def int16(self):
        return self._number(">h")

    def int32(self):
        return self._number(">i")

    def int64(self):
        return self._number(">q")

    def varint(self):
        value = shift = 0
        while True:
            byte = self._take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def string(self):
        """A string, or None for null."""
        size = self.varint() - 1 if self._flexible else self.int16()
        return None if size < 0 else self._take(size).decode()

    def length(self):
        """The length of an array or of a sequence of bytes."""
        return self.varint() - 1 if self._flexible else self.int32()

    def skip(self, size):
        self._take(max(0, size))

    def skip_tags(self):
        """Skips the tagged fields that end each structure of a flexible version."""
        if not self._flexible:
            return
        for _ in range(self.varint()):
            self.varint()
            self.skip(self.varint())


@dataclasses.dataclass(frozen=True)
class Request:
    """A request on one connection of a proxy. `frame` is the whole of it, its length included."""

    connection: int
    api_key: int
    api_version: int
    correlation_id: int
    client_id: str | None
    frame: bytes

    def fields(self):
        """The fields of the body."""
        flexible = self.api_version >= FLEXIBLE_SINCE[self.api_key]
        header = Fields(self.frame, 4 + 2 + 2 + 4, flexible=False)
        header.string()  # the client id is never compact
        body = Fields(self.frame, header.at, flexible)
        body.skip_tags()
        return body


@dataclasses.dataclass(frozen=True)
class Response:
    """A response with the request that it answers."""

    request: Request
    frame: bytes

    @property
    def connection(self):
        return self.request.connection

    @property
    def api_key(self):
        return self.request.api_key

    def fields(self):
        """The fields of the body."""
        body = Fields(self.frame, 4 + 4,
                      self.request.api_version >= FLEXIBLE_SINCE[self.request.api_key])
        body.skip_tags()
        return body


def parse_request(frame, connection=0):
    header = Fields(frame, 4, flexible=False)
    api_key, version, correlation_id = header.int16(), header.int16(), header.int32()
    return Request(connection, api_key, version, correlation_id, header.string(), frame)


def correlation_id_of(response_frame):
    return Fields(response_frame, 4, flexible=False).int32()


@dataclasses.dataclass(frozen=True)
class EndTxn:
    transactional_id: str
    producer_id: int
    producer_epoch: int
    committed: bool


def end_txn(request):
    body = request.fields()
    return EndTxn(body.string(), body.int64(), body.int16(), body.int8() != 0)


def is_commit(request):
    """True for the request that commits a transaction; an abort has the same api key."""
    return request.api_key == END_TXN and end_txn(request).committed


def end_txn_error(response):
    """The error code of the response to an EndTxn; 0 when the broker performed it."""
    body = response.fields()
    body.int32()  # throttle_time_ms
    return body.int16()


def produced_to(request):
    """The (topic, partition) pairs of a Produce request, up to version 12, which names topics."""
    body = request.fields()
    body.string()  # transactional_id
    body.int16()  # acks
    body.int32()  # timeout_ms
    found = []
    for _ in range(body.length()):
        topic = body.string()
        for _ in range(body.length()):
            found.append((topic, body.int32()))
            body.skip(body.length())
            body.skip_tags()
        body.skip_tags()
    return found
