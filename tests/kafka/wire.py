"""The few requests of the Kafka protocol that tests need and confluent-kafka cannot send, or not to
one particular broker: its own view of the cluster, who leads the controllers, who coordinates a
transactional id or a group, the order of a partition's replicas, and elections. Each is one request
on a connection of its own.

Source: the Kafka protocol guide; "flexible" versions, whose lengths are unsigned varints plus one.
"""

import collections
import socket
import struct

TIMEOUT_S = 5
METADATA = 3
FIND_COORDINATOR, ELECT_LEADERS, ALTER_REASSIGNMENTS, DESCRIBE_QUORUM = 10, 43, 45, 55
PREFERRED = 0
GROUP, TRANSACTION = 0, 1
NO_TAGS = b"\0"
METADATA_TOPIC = "__cluster_metadata"


Partition = collections.namedtuple("Partition", "leader replicas in_sync")


class KafkaRefused(Exception):
    """A broker answered with an error code."""


def varint(number):
    coded = bytearray()
    while number >= 0x80:
        coded.append(number & 0x7F | 0x80)
        number >>= 7
    coded.append(number)
    return bytes(coded)


def text(words):
    return varint(len(words) + 1) + words.encode()


def array(entries):
    return varint(len(entries) + 1) + b"".join(entries)


class Answer:
    """Reads an answer field by field."""

    def __init__(self, content):
        self._content = content
        self._at = 0

    def number(self, kind):
        """An integer by its letter of `struct`: b, h, i or q."""
        found, = struct.unpack_from(">" + kind, self._content, self._at)
        self._at += struct.calcsize(">" + kind)
        return found

    def length(self):
        """The length of a text or an array; -1 for null."""
        found, shift = 0, 0
        while True:
            byte = self._content[self._at]
            self._at += 1
            found |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return found - 1

    def text(self):
        length = max(0, self.length())
        self._at += length
        return self._content[self._at - length:self._at].decode()

    def nodes(self):
        return [self.number("i") for _ in range(self.length())]

    def tags(self):
        for _ in range(self.length() + 1):
            self.length()
            self._at += self.length() + 1

    def check(self):
        code = self.number("h")
        if code != 0:
            raise KafkaRefused(f"error code {code}")


def call(port, api_key, version, body):
    """Sends a request to a broker on loopback. Raises OSError when it cannot be had."""
    header = struct.pack(">hhi", api_key, version, 1) + struct.pack(">h", 4) + b"test" + NO_TAGS
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as link:
        link.sendall(struct.pack(">i", len(header) + len(body)) + header + body)
        size, = struct.unpack(">i", receive(link, 4))
        answer = Answer(receive(link, size))
    answer.number("i")  # the request's number
    answer.tags()
    return answer


def receive(link, size):
    content = b""
    while len(content) < size:
        part = link.recv(size - len(content))
        if not part:
            raise ConnectionResetError("the broker closed the connection")
        content += part
    return content


def view(port):
    """Returns what a broker knows: the nodes that are there, and partitions by (topic, number)."""
    answer = call(port, METADATA, 12, b"\0" + struct.pack(">bb", 0, 0) + NO_TAGS)
    answer.number("i")
    nodes, partitions = set(), {}
    for _ in range(answer.length()):
        nodes.add(answer.number("i"))
        answer.text()
        answer.number("i")
        answer.text()
        answer.tags()
    answer.text()
    answer.number("i")
    for _ in range(answer.length()):
        answer.check()
        topic = answer.text()
        answer.number("q"), answer.number("q"), answer.number("b")
        for _ in range(answer.length()):
            answer.number("h")  # that it has no leader, say, which the leader shows as well
            number, leader, _ = (answer.number("i") for _ in range(3))
            replicas, in_sync, _ = (answer.nodes() for _ in range(3))
            answer.tags()
            partitions[topic, number] = Partition(leader, replicas, in_sync)
        answer.number("i")
        answer.tags()
    return nodes, partitions


def find_controller(controller_port):
    """Returns the epoch and the node that leads the controllers; only that one answers."""
    partition = struct.pack(">i", 0) + NO_TAGS
    topic = text(METADATA_TOPIC) + array([partition]) + NO_TAGS
    answer = call(controller_port, DESCRIBE_QUORUM, 0, array([topic]) + NO_TAGS)
    answer.check()
    answer.length()
    answer.text()
    answer.length()
    answer.number("i")
    answer.check()
    node = answer.number("i")
    return answer.number("i"), node


def find_coordinator(port, kind, name):
    """Returns the node that coordinates a group or a transactional id."""
    body = struct.pack(">b", kind) + array([text(name)]) + NO_TAGS
    answer = call(port, FIND_COORDINATOR, 4, body)
    answer.number("i")
    answer.length()
    answer.text()
    node = answer.number("i")
    answer.text()
    answer.number("i")
    answer.check()
    return node


def reorder_replicas(port, replicas):
    """Gives partitions another order of the replicas they have, {(topic, partition): [node, ...]};
    the first of them is the preferred leader from then on."""
    topics = {}
    for (topic, number), nodes in replicas.items():
        nodes = array([struct.pack(">i", node) for node in nodes])
        topics.setdefault(topic, []).append(struct.pack(">i", number) + nodes + NO_TAGS)
    body = struct.pack(">i", TIMEOUT_S * 1_000) + array(
        [text(topic) + array(partitions) + NO_TAGS
         for topic, partitions in topics.items()]) + NO_TAGS
    answer = call(port, ALTER_REASSIGNMENTS, 0, body)
    answer.number("i")
    answer.check()
    answer.text()
    for _ in range(answer.length()):
        answer.text()
        for _ in range(answer.length()):
            answer.number("i")
            answer.check()
            answer.text()
            answer.tags()
        answer.tags()


def elect_preferred_leaders(port, partitions):
    """Has the first replica of each (topic, partition) elected. What became of it shows in the
    cluster's metadata."""
    topics = {}
    for topic, number in partitions:
        topics.setdefault(topic, []).append(struct.pack(">i", number))
    body = struct.pack(">b", PREFERRED) + array(
        [text(topic) + array(numbers) + NO_TAGS for topic, numbers in topics.items()])
    answer = call(port, ELECT_LEADERS, 2, body + struct.pack(">i", TIMEOUT_S * 1_000) + NO_TAGS)
    answer.number("i")
    answer.check()
