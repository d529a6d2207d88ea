"""A Kafka broker of one node, on free loopback ports: its settings and how it is started. For the
tests with a real broker and for the bench.
"""

import pathlib
import random
import socket

ROOT = pathlib.Path(__file__).resolve().parents[2]
KAFKA = ROOT / ".cache" / "kafka"
# Small, quick to start, and back soon after a kill: its old registration expires in two seconds.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/data
num.network.threads=2
num.io.threads=2
auto.create.topics.enable=true
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=16777216
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
{extra}"""
JVM = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


def installed():
    return (KAFKA / "libs").is_dir()


def free_port():
    """Returns a port below those that the kernel gives to clients: a broker that is killed and
    started again has to find its port free, and a client that connects to it meanwhile must not
    meet itself there."""
    limits = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii")
    while True:
        port = random.SystemRandom().randrange(10_000, int(limits.split()[0]))
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def answers(port):
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def write_properties(folder, port, controller_port, extra=""):
    """Writes the settings of a broker that keeps its data in `folder`; the file."""
    path = folder / "server.properties"
    path.write_text(PROPERTIES.format(port=port, controller=controller_port, folder=folder,
                                      extra=extra))
    return path


def format_arguments(properties):
    """Of `java`, for the program that prepares the data folder; it has to end first."""
    return [*JVM, "-cp", f"{KAFKA}/libs/*", "kafka.tools.StorageTool", "format", "-t",
            "AAAAAAAAQACAAAAAAAAAAQ", "-c", properties]


def run_arguments(properties):
    return [*JVM, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{KAFKA}/libs/*",
            "kafka.Kafka", properties]
