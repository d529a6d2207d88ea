"""A Kafka broker of one node, on free loopback ports: its settings and how it is started. For the
tests with a real broker and for the bench.
"""

import pathlib
import socket

from ports import free_port  # noqa: F401  # callers use broker.free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
KAFKA = ROOT / ".cache" / "kafka"
# Archives of loaded classes, which class_archives.py makes; they halve the time of a start.
ARCHIVES = ROOT / ".cache" / "java"
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


def archive(program):
    """The file that holds the classes of `program`: broker or registry."""
    return ARCHIVES / f"{program}.jsa"


def jvm(program):
    """The options of the virtual machine. It ignores an archive of other jars or another Java."""
    made = archive(program)
    return [*JVM, f"-XX:SharedArchiveFile={made}"] if made.exists() else JVM


def installed():
    return (KAFKA / "libs").is_dir()


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
    """The arguments of `java` for the program that prepares the data folder; it must end first."""
    return [*jvm("broker"), "-cp", f"{KAFKA}/libs/*", "kafka.tools.StorageTool", "format", "-t",
            "AAAAAAAAQACAAAAAAAAAAQ", "-c", properties]


def run_arguments(properties):
    return [*jvm("broker"), "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp",
            f"{KAFKA}/libs/*", "kafka.Kafka", properties]


def registry_arguments(folder, port):
    """The arguments of `java` that run the schema registry, with its data in `folder`."""
    jar = next((KAFKA / "registry").glob("*-runner.jar"))
    return [*jvm("registry"), "-Dquarkus.http.host=127.0.0.1", f"-Dquarkus.http.port={port}",
            "-Dquarkus.log.level=WARN",
            f"-Dquarkus.datasource.jdbc.url=jdbc:h2:file:{folder}/registry-data", "-jar", jar]
