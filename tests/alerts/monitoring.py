"""A Prometheus that scrapes K2s each second, its Alertmanager, and the webhook at the end, which
records the alerts that an operator would receive, and when."""

import http.server
import json
import pathlib
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from ports import free_port  # fire_test has the folder in its path
from shorten import shortened

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "ops" / "prometheus" / "rules" / "k2.yml"


class Webhook:
    """Remembers for each alert of each K2 when it came last, and when it was resolved since."""

    def __init__(self):
        self._fired, self._resolved = {}, {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                outer._take(json.loads(self.rfile.read(length)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _take(self, message):
        for alert in message["alerts"]:
            key = (alert["labels"]["alertname"], alert["labels"]["instance"])
            if alert["status"] != "firing":
                self._resolved[key] = time.monotonic()
            elif key not in self._fired or self._resolved.pop(key, None):
                self._fired[key] = time.monotonic()

    def fired(self, alert, instance):
        return self._fired.get((alert, instance))

    def fires(self, alert, instance):
        """True from the alert's notification until it is resolved."""
        key = (alert, instance)
        return key in self._fired and key not in self._resolved

    def resolved(self, alert, instance):
        return self._resolved.get((alert, instance))

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Monitoring:
    """Both programs, as processes of the test; they end with it."""

    def __init__(self, test, instances, webhook):
        folder = test.folder
        alertmanager_port = free_port()
        self._port = free_port()
        (folder / "k2.yml").write_text(shortened(RULES.read_text(encoding="utf-8")),
                                       encoding="utf-8")
        (folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(folder / "k2.yml")],
            "alerting": {"alertmanagers": [
                {"static_configs": [{"targets": [f"127.0.0.1:{alertmanager_port}"]}]}]},
            "scrape_configs": [{"job_name": "k2", "static_configs": [
                {"targets": list(instances)}]}]}), encoding="utf-8")
        (folder / "alertmanager.yml").write_text(json.dumps({
            "route": {"receiver": "test", "group_by": ["alertname", "instance"],
                      "group_wait": "1s", "group_interval": "1s", "repeat_interval": "1h"},
            "receivers": [{"name": "test", "webhook_configs": [
                {"url": webhook.url, "send_resolved": True}]}]}), encoding="utf-8")
        test.start("alertmanager", f"--config.file={folder / 'alertmanager.yml'}",
                   f"--storage.path={folder / 'alertmanager'}", "--cluster.listen-address=",
                   f"--web.listen-address=127.0.0.1:{alertmanager_port}",
                   program="prometheus-alertmanager")
        test.start("prometheus", f"--config.file={folder / 'prometheus.yml'}",
                   f"--storage.tsdb.path={folder / 'prometheus'}",
                   f"--web.listen-address=127.0.0.1:{self._port}", program="prometheus")

    def query(self, expression):
        """The vector that the expression is now. A wrong expression fails the test."""
        url = (f"http://127.0.0.1:{self._port}/api/v1/query?"
               + urllib.parse.urlencode({"query": expression}))
        try:
            with urllib.request.urlopen(url, timeout=30) as reply:
                return json.load(reply)["data"]["result"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{expression}: {error.read().decode()}") from None
