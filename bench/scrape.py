"""The cost of a scrape: its time with a series for each of 2,000 symbols, and its effect on trades
while one comes each tenth of a second. The real program beside `k2 sim`, no pump: it is the thread
beside the data path that is measured."""

import re
import socket
import statistics
import subprocess
import time
import urllib.request

SYMBOLS = 2_000
RATE = 4_000
START_S = 60


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


class Stream:
    """`k2 stream` of all symbols beside its exchange."""

    def __init__(self, k2, folder):
        self.port = free_port()
        names = ",".join(f"S{at}USDT" for at in range(SYMBOLS))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._sim = subprocess.Popen(
            [k2, "sim", "--symbols", names, "--rate", str(RATE), "--port", "0", "--rest-port", "0",
             "--tls-dir", folder / "tls", "--trades-kept", "100000"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        ready = self._sim.stdout.readline()
        place = dict(word.split("=", 1) for word in ready.split() if "=" in word)
        self._stream = subprocess.Popen(
            [k2, "stream", "--symbols", names, "--data-dir", folder / "journal", "--stream-url",
             place["ws"], "--rest-url", place["rest"], "--custom-ca-bundle", place["ca"],
             "--metrics-listen", f"127.0.0.1:{self.port}", "--metrics-per-symbol", "on"], **quiet)

    def scrape(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as reply:
            return reply.read().decode()

    def wait_flowing(self):
        limit = time.monotonic() + START_S
        while time.monotonic() < limit:
            try:
                page = self.scrape()
                if (number(page, "binance_connection_status") == 1
                        and number(page, "tape_accepted_trades_total") > 3 * RATE):
                    return
            except OSError:
                pass  # not there yet
            time.sleep(0.5)
        raise TimeoutError("the stream does not flow")

    def close(self):
        for process in (self._stream, self._sim):
            process.terminate()
            process.wait()


def number(page, name):
    return float(re.search(rf"^{re.escape(name)} (\S+)$", page, re.MULTILINE).group(1))


def waited(stream, seconds, pause):
    """Mean from receipt to acceptance over a span in which a scrape comes each `pause` seconds."""
    name = 'binance_stage_latency_seconds_{}{{stage="receive_accepted"}}'
    before, end = stream.scrape(), time.monotonic() + seconds
    while pause and time.monotonic() < end:
        time.sleep(pause)
        stream.scrape()
    time.sleep(max(0, end - time.monotonic()))
    after = stream.scrape()
    total, trades = (number(after, name.format(part)) - number(before, name.format(part))
                     for part in ("sum", "count"))
    return total / trades


def measure(k2, folder, rounds, seconds):
    """{scrape_ms, bytes, calm_us, scraped_us}: medians."""
    stream = Stream(k2, folder)
    try:
        stream.wait_flowing()
        times, calm, scraped = [], [], []
        for _ in range(20):
            # A snapshot a second is rendered once: each scrape meets a new one.
            time.sleep(1.05)
            began = time.perf_counter()
            page = stream.scrape()
            times.append(time.perf_counter() - began)
        for _ in range(rounds):
            calm.append(waited(stream, seconds, None))
            scraped.append(waited(stream, seconds, 0.1))
    finally:
        stream.close()
    return {"scrape_ms": statistics.median(times) * 1e3, "bytes": len(page),
            "calm_us": statistics.median(calm) * 1e6,
            "scraped_us": statistics.median(scraped) * 1e6}
