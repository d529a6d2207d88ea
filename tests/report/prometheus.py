"""A real Prometheus over weeks that have passed: blocks made from OpenMetrics, and the rules of
ops/prometheus evaluated minute by minute, as the server would have done while the weeks ran.

promtool's own backfill of rules leaves alerts out. So the server parses the rules and evaluates
each expression over the weeks; what `for:` makes of them is done here."""

import concurrent.futures
import json
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from ports import free_port  # noqa: E402

RULES = ROOT / "ops" / "prometheus" / "rules" / "k2.yml"
STEP_S = 60
START_MAX_S = 120


def program(name):
    path = shutil.which(name)
    if path is None:
        raise SystemExit(f"FAILED: {name} is missing: ./dev setup test")
    return path


def make_blocks(files, folder):
    """Each file by a promtool of its own, side by side."""
    running = [subprocess.Popen(
        [program("promtool"), "tsdb", "create-blocks-from", "--max-block-duration=168h",
         "openmetrics", str(file), str(folder)], stdout=subprocess.DEVNULL) for file in files]
    if any(child.wait() != 0 for child in running):
        raise AssertionError("promtool refuses the weeks")


class Prometheus:
    """One that scrapes nothing and keeps everything."""

    def __init__(self, folder):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        config = folder / "prometheus.yml"
        config.write_text(json.dumps({"rule_files": [str(RULES)]}), encoding="utf-8")
        with open(folder / "prometheus.log", "ab") as log:
            self._child = subprocess.Popen(
                [program("prometheus"), f"--config.file={config}",
                 f"--storage.tsdb.path={folder / 'data'}", "--storage.tsdb.retention.time=100y",
                 f"--web.listen-address=127.0.0.1:{port}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        limit = time.monotonic() + START_MAX_S
        while not self._ready():
            if time.monotonic() > limit or self._child.poll() is not None:
                raise AssertionError("prometheus did not start:\n"
                                     + (folder / "prometheus.log").read_text()[-2000:])
            time.sleep(0.05)

    def _ready(self):
        try:
            with urllib.request.urlopen(self.url + "/-/ready", timeout=5) as reply:
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def get(self, path, **query):
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}",
                                    timeout=300) as reply:
            return json.load(reply)["data"]

    def stop(self):
        self._child.terminate()
        self._child.wait()


def rules_of(server):
    return [rule for group in server.get("rules")["groups"] for rule in group["rules"]]


def firing(times, hold):
    """The instants at which an alert fires whose expression was true at these."""
    began = last = None
    for at in times:
        if last is None or at - last > STEP_S:
            began = at
        last = at
        if at - began >= hold:
            yield at


def sample(name, labels, value, at):
    text = ",".join(f'{key}="{text}"' for key, text in sorted(labels.items()))
    return f"{name}{{{text}}} {value} {at}\n"


def evaluate(server, begin, end):
    """Returns the results of the rules as OpenMetrics: their records, and ALERTS that fire."""
    rules = rules_of(server)
    records = {rule["name"]: rule["query"] for rule in rules if rule["type"] == "recording"}

    def answer(rule):
        query = re.sub("|".join(map(re.escape, records)), lambda name: f"({records[name[0]]})",
                       rule["query"])
        return server.get("query_range", query=query, start=begin, end=end, step=STEP_S)["result"]

    lines = []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for rule, result in zip(rules, pool.map(answer, rules)):
            for series in result:
                labels = {key: text for key, text in series["metric"].items() if key != "__name__"}
                if rule["type"] == "recording":
                    lines += [sample(rule["name"], labels, value, int(at))
                              for at, value in series["values"]]
                    continue
                labels |= rule["labels"] | {"alertname": rule["name"], "alertstate": "firing"}
                lines += [sample("ALERTS", labels, 1, at) for at in
                          firing([int(at) for at, _ in series["values"]], rule["duration"])]
    return "".join(lines) + "# EOF\n"
