"""A K2 beside an exchange of its own that misbehaves on demand, and what the alerts say of it."""

import json
import time
import urllib.request

import monitoring


class Exchange:
    """`k2 sim`; faults come and go over its admin port."""

    def __init__(self, test, name, *flags):
        self.process = test.start(
            f"sim-{name}", "sim", "--port", 0, "--rest-port", 0, "--admin-port", 0, "--tls-dir",
            test.folder / f"tls-{name}", *flags)
        ready = test.wait_for(lambda: test.line_of(self.process, "k2-sim ready"),
                              f"the exchange of {name}", alive=(self.process,))
        self.place = dict(word.split("=", 1) for word in ready.split() if "=" in word)

    def begin(self, *faults):
        self._say("POST", "/faults", "\n".join(faults))

    def heal(self):
        self._say("DELETE", "/faults")

    def _say(self, method, path, body=None):
        request = urllib.request.Request(
            self.place["admin"] + path, method=method, data=body.encode() if body else None)
        with urllib.request.urlopen(request, timeout=10) as reply:
            json.load(reply)


class Patient:
    def __init__(self, test, name):
        self.test, self.name = test, name
        self.port = monitoring.free_port()
        self.instance = f"127.0.0.1:{self.port}"
        self.data_dir = test.folder / name
        self.exchange = None
        self.stream = None
        self._starts = 0
        self._began = 0

    def start(self, *flags):
        place = self.exchange.place
        self._starts += 1
        self.stream = self.test.start(
            f"{self.name}-{self._starts}", "stream", "--symbols", "BTCUSDT,ETHUSDT",
            "--data-dir", self.data_dir, "--stream-url", place["ws"], "--rest-url", place["rest"],
            "--custom-ca-bundle", place["ca"], "--metrics-listen", self.instance,
            "--allow-drills", "--reconnect-delay-seconds", "0.1", *flags)

    def end(self):
        self.test.stop(self.stream, seconds=30)

    def scrape(self):
        with urllib.request.urlopen(f"http://{self.instance}/metrics", timeout=10) as reply:
            return reply.read().decode()

    def wait_live(self):
        def live():
            try:
                return "\nbinance_connection_status 1\n" in self.scrape()
            except OSError:
                return False
        self.test.wait_for(live, f"{self.name} with a live line", alive=(self.stream,))

    def begins(self):
        """Starts to count alerts."""
        self._began = time.monotonic()

    def wait_without(self, alerts):
        """Waits until none of these alerts fires: an earlier fault may have caused it too, and an
        alert that continues to fire is not notified again."""
        for alert in alerts:
            self.test.wait_for(
                lambda alert=alert: not self.test.webhook.fires(alert, self.instance),
                f"{alert} of {self.name} to be over")

    def ill(self, faults):
        """Waits for each alert of {alert: what causes it}."""
        for alert, fault in faults.items():
            fired = self.test.wait_for(lambda alert=alert: self._fired(alert),
                                       f"{alert} of {self.name} to fire")
            self.test.table[alert] = [fault, fired - self._began, None]

    def healed(self, faults):
        began = time.monotonic()
        for alert in faults:
            resolved = self.test.wait_for(
                lambda alert=alert: self.test.webhook.resolved(alert, self.instance),
                f"{alert} of {self.name} to resolve")
            self.test.table[alert][2] = max(0, resolved - began)

    def _fired(self, alert):
        at = self.test.webhook.fired(alert, self.instance)
        return at if at and at >= self._began else None
