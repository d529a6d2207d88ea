"""A Prometheus that scrapes one K2 each second, its Alertmanager, and the webhook at the end: what
an operator would be told, and when."""

import http.server
import json
import pathlib
import socket
import threading
import time

from shorten import shortened

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "ops" / "prometheus" / "rules" / "k2.yml"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


class Webhook:
    """Remembers for each alert when it came first, and whether it has been resolved since."""

    def __init__(self):
        self.fired, self.resolved = {}, {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                outer.take(json.loads(self.rfile.read(length)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, message):
        for alert in message["alerts"]:
            name = alert["labels"]["alertname"]
            if alert["status"] == "firing":
                self.fired.setdefault(name, time.monotonic())
                self.resolved.pop(name, None)
            elif name in self.fired:
                self.resolved[name] = time.monotonic()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def start_monitoring(test, k2_port, webhook):
    """Both programs, as processes of the test; they end with it."""
    folder = test.folder
    alertmanager_port = free_port()
    (folder / "k2.yml").write_text(shortened(RULES.read_text(encoding="utf-8")), encoding="utf-8")
    (folder / "prometheus.yml").write_text(json.dumps({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(folder / "k2.yml")],
        "alerting": {"alertmanagers": [
            {"static_configs": [{"targets": [f"127.0.0.1:{alertmanager_port}"]}]}]},
        "scrape_configs": [{"job_name": "k2", "static_configs": [
            {"targets": [f"127.0.0.1:{k2_port}"]}]}]}), encoding="utf-8")
    (folder / "alertmanager.yml").write_text(json.dumps({
        "route": {"receiver": "test", "group_by": ["alertname"], "group_wait": "1s",
                  "group_interval": "1s", "repeat_interval": "1h"},
        "receivers": [{"name": "test", "webhook_configs": [
            {"url": webhook.url, "send_resolved": True}]}]}), encoding="utf-8")
    test.start("alertmanager", f"--config.file={folder / 'alertmanager.yml'}",
               f"--storage.path={folder / 'alertmanager'}", "--cluster.listen-address=",
               f"--web.listen-address=127.0.0.1:{alertmanager_port}",
               program="prometheus-alertmanager")
    test.start("prometheus", f"--config.file={folder / 'prometheus.yml'}",
               f"--storage.tsdb.path={folder / 'prometheus'}",
               f"--web.listen-address=127.0.0.1:{free_port()}", program="prometheus")
