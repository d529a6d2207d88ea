"""The rows of delivery into Kafka: `k2 stream --sink kafka`, the real program, beside a bare loop
that reads the same frames, parses, encodes and produces them, both into a real broker of this run
and both watched by one `read_committed` consumer.
"""

import contextlib
import http.server
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import broker  # noqa: E402

PARTITIONS = 12
SYMBOLS = 24
# Of K2's commits, and of the bare loop's linger beside them.
COMMIT_MS = 50
# Without transactions a trade can be read before its position is committed.
PLAIN_COMMIT_MS = 1000
# A paced run's first seconds are not counted: they make topics, connections and code warm.
WARM_UP_S = 2
TICKS = os.sysconf("SC_CLK_TCK")


# Trades of an unpaced run. The pump is faster than what a machine of two cores can store beside a
# broker and a reader, and K2 never slows the socket: for longer it would pause its tape.
BURST = 300_000
# Unpaced runs that may be repeated since the tape paused.
PAUSES_MAX = 5


class NotSetUp(Exception):
    pass


class Paused(Exception):
    """K2 left trades to be fetched over REST, which there is none of here: its journal got too
    little processor beside the broker, the pump and the reader, and it never slows the socket."""


class Registry(http.server.BaseHTTPRequestHandler):
    """Knows one schema."""

    def do_POST(self):  # the name is the library's
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"id":1}'
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def registry():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@contextlib.contextmanager
def running_broker(folder):
    if not broker.installed():
        raise NotSetUp("there is no Kafka in .cache/kafka; ./dev setup fetches it")
    port = broker.free_port()
    properties = broker.write_properties(folder, port, broker.free_port())
    with open(folder / "broker.log", "wb") as log:
        java = lambda arguments: ["java", *map(str, arguments)]
        subprocess.run(java(broker.format_arguments(properties)), stdout=log, stderr=log,
                       check=True)
        process = subprocess.Popen(java(broker.run_arguments(properties)), stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while not broker.answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise NotSetUp(f"the broker did not start; see {folder}/broker.log")
            time.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def next_line(process, what):
    line = process.stdout.readline()
    if not line:
        raise NotSetUp(f"{what} ended early")
    return json.loads(line)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_kb(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0


class Kafka:
    """Runs one side after the other, each into a topic of its own."""

    def __init__(self, bench, servers, registry_url):
        self.bench = bench
        self.servers = servers
        self.registry = registry_url
        self.topics = 0

    def start(self, *command):
        return subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)

    def run(self, client, frames, seconds_max, rate=0):
        for _ in range(PAUSES_MAX):
            try:
                return self.run_once(client, frames, seconds_max, rate)
            except Paused:
                print("(the tape paused: once more)", end="", flush=True, file=sys.stderr)
        raise NotSetUp(f"the tape paused {PAUSES_MAX} times; try less --frames")

    def run_once(self, client, frames, seconds_max, rate):
        """The report of one run: frames, wall_s, cpu_s, rss_max_kb, p50_us, p99_us; of a paced one
        without its first seconds, as far as they can be separated."""
        warm_up_s = WARM_UP_S if rate else 0
        self.topics += 1
        topic = f"bench.{self.topics}"
        folder = self.bench.fresh_dir()
        tail = self.start(self.bench.program("kafka_tail"), "--servers", self.servers, "--topic",
                          topic, "--partitions", PARTITIONS, "--records", frames, "--warm-up",
                          warm_up_s * rate, "--seconds-max", seconds_max)
        next_line(tail, "the consumer")
        pump = self.start(self.bench.program("tls_pump"), "--dir", folder, "--recording",
                          self.bench.recording, "--frames", frames, "--symbols", SYMBOLS,
                          "--seconds-max", seconds_max, *(["--rate", rate] if rate else []))
        processes = [tail, pump]
        try:
            place = next_line(pump, "the pump")
            process = client(self, folder, place, topic, frames)
            processes.append(process)
            first_s = next_line(pump, "the pump")["first_s"] + warm_up_s
            time.sleep(warm_up_s)
            cpu_before = cpu_seconds(process.pid)
            while not select.select([tail.stdout], [], [], 1)[0]:
                log = folder / "stream.log"
                if log.exists() and '"tape.paused"' in log.read_text():
                    raise Paused
            found = next_line(tail, "the consumer")
            # A process that has ended leaves its numbers until it is waited for.
            return {"frames": frames - warm_up_s * rate, "wall_s": found["last_s"] - first_s,
                    "cpu_s": cpu_seconds(process.pid) - cpu_before,
                    "rss_max_kb": memory_kb(process.pid, "VmHWM:"),
                    "p50_us": found["p50_us"], "p99_us": found["p99_us"]}
        finally:
            for process in processes:
                process.kill()
                process.wait()
                process.stdout.close()
            shutil.rmtree(folder, ignore_errors=True)

    def read(self, topic, records, *command):
        """The report of one reading of a topic that grows no more, process and all."""
        began = time.monotonic()
        subprocess.run([str(word) for word in command], stdout=subprocess.DEVNULL, check=True,
                       timeout=90)
        return {"topic": topic, "frames": records, "wall_s": time.monotonic() - began}

    def read_bare(self, topic, records):
        return self.read(topic, records, self.bench.program("kafka_tail"), "--servers",
                         self.servers, "--topic", topic, "--partitions", PARTITIONS, "--records",
                         records)

    def read_verify(self, topic, records):
        return self.read(topic, records, self.bench.k2, "verify", "--kafka",
                         "--kafka-bootstrap-servers", self.servers, "--kafka-topic", topic)

    def bare(self, linger_ms):
        def start(kafka, _folder, place, topic, frames):
            return kafka.start(
                kafka.bench.program("bare_loop"), "--port", place["port"], "--ca", place["ca"],
                "--frames", frames, "--kafka", kafka.servers, "--topic", topic, "--linger-ms",
                linger_ms, "--symbols", SYMBOLS)
        return start

    def stream(self, commit_ms, *flags):
        def start(kafka, folder, place, topic, _frames):
            symbols = ",".join(f"S{number:04}USDT" for number in range(SYMBOLS))
            with open(folder / "stream.log", "wb") as log:
                return subprocess.Popen(
                    [str(word) for word in (
                        kafka.bench.k2, "stream", "--symbols", symbols, "--data-dir",
                        folder / "data", "--stream-url", f"wss://localhost:{place['port']}",
                        "--rest-url", "https://localhost:1", "--custom-ca-bundle", place["ca"],
                        "--sink", "kafka", "--kafka-bootstrap-servers", kafka.servers,
                        "--kafka-topic", topic, "--kafka-partitions", PARTITIONS,
                        "--kafka-schema-registry-url", kafka.registry,
                        "--kafka-commit-interval-ms", commit_ms, *flags)],
                    stdout=subprocess.PIPE, stderr=log, text=True,
                    env={**os.environ, "K2_METRICS_LISTEN": "127.0.0.1:0"})
        return start


def rows(bench, options, row, median, ratio, interleaved):
    """Wire -> Kafka: rate, latency and CPU beside the bare loop."""
    folder = bench.fresh_dir()
    frames, paced = min(options.frames, BURST), 10_000 * options.paced_seconds
    with running_broker(folder) as servers, registry() as url:
        kafka = Kafka(bench, servers, url)
        patience = 90 + options.paced_seconds
        once = kafka.stream(COMMIT_MS)
        plain = kafka.stream(PLAIN_COMMIT_MS, "--kafka-delivery", "at_least_once")
        sides = {"bare": kafka.bare(5), "k2": once}
        for client in sides.values():  # the broker's first records are its slowest
            kafka.run(client, min(frames, 200_000), patience)
        fast = interleaved(options.rounds, {
            name: lambda client=client: kafka.run(client, frames, patience)
            for name, client in sides.items()})
        topic = f"bench.{kafka.topics}"  # of k2, whose turn is the last
        back = interleaved(options.rounds, {
            "bare": lambda: kafka.read_bare(topic, frames),
            "k2": lambda: kafka.read_verify(topic, frames)})
        # Short lingers beside short, long beside long.
        slow = interleaved((options.rounds + 1) // 2, {
            "bare": lambda: kafka.run(kafka.bare(COMMIT_MS), paced, patience, 10_000),
            "k2": lambda: kafka.run(once, paced, patience, 10_000),
            "bare_5": lambda: kafka.run(kafka.bare(5), paced, patience, 10_000),
            "k2_5": lambda: kafka.run(plain, paced, patience, 10_000)})
    rate = lambda report: report["frames"] / report["wall_s"]
    cost = lambda report: report["cpu_s"] / report["frames"] * 1e6
    share = lambda report: report["cpu_s"] / report["wall_s"] * 100
    p99 = lambda report: report["p99_us"] / 1000
    against, cpu = ratio(fast, "k2", "bare", rate), ratio(slow, "k2", "bare", share)
    wait, wait_5 = ratio(slow, "k2", "bare", p99), ratio(slow, "k2_5", "bare_5", p99)
    again = ratio(back, "k2", "bare", rate)
    rss = max(report["rss_max_kb"] for report in fast["k2"] + slow["k2"]) / 1024
    return [
        row(f"wire -> Kafka, exactly once, {frames / 1e3:.0f} k trades",
            f"bare loop {median(fast['bare'], rate) / 1e3:.0f} k/s",
            f"{median(fast['k2'], rate) / 1e3:.0f} k/s, {against:.2f} of it",
            ">= 0.7 of its rate", against >= 0.7),
        row("wire -> Kafka, CPU a trade", f"bare loop {median(fast['bare'], cost):.2f} us",
            f"{median(fast['k2'], cost):.2f} us, {ratio(fast, 'k2', 'bare', cost):.2f}x", "", None),
        row("10 k/s, receive -> readable, p99; exactly once",
            f"bare loop, linger {COMMIT_MS} ms, {median(slow['bare'], p99):.0f} ms",
            f"commits each {COMMIT_MS} ms, {median(slow['k2'], p99):.0f} ms, {wait:.2f}x",
            "<= 1.5x", wait <= 1.5),
        row("10 k/s, receive -> readable, p99; at least once",
            f"bare loop, linger 5 ms, {median(slow['bare_5'], p99):.0f} ms",
            f"{median(slow['k2_5'], p99):.0f} ms, {wait_5:.2f}x", "<= 1.5x", wait_5 <= 1.5),
        row("CPU at 10 k/s, wire -> Kafka, exactly once",
            f"bare loop {median(slow['bare'], share):.1f} %",
            f"{median(slow['k2'], share):.1f} %, {cpu:.2f}x", "<= 1.5x", cpu <= 1.5),
        row(f"k2 verify --kafka, {frames / 1e3:.0f} k trades",
            f"bare consumer {median(back['bare'], rate) / 1e3:.0f} k/s",
            f"{median(back['k2'], rate) / 1e3:.0f} k/s, {again:.2f} of it",
            ">= 0.2, start included", again >= 0.2),
        row("memory at 10 k/s and flat out, with Kafka", "", f"{rss:.0f} MB RSS at most", "", None),
    ], {"fast": fast, "paced": slow, "back": back}
