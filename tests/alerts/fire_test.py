"""Alerts fired for real: K2 beside an exchange that misbehaves, a Prometheus and an Alertmanager
with the rules of ops/prometheus in short times, and what arrives at the end. Each alert must come
with its fault and go when that has healed. Not all of them yet: rules_test holds every one."""

import pathlib
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import harness  # noqa: E402
import monitoring  # noqa: E402

# What the first stream suffers from.
ILLS = {
    "BinanceTlsVerificationOff": "binance.ssl_verify = false",
    "BinanceMemoryHigh": "a drill's leak",
    "BinanceMemoryLeakDetected": "a drill's leak",
    "TapeGapOpen": "frames lost while REST is down",
    "DeadLetters": "frames that are no JSON",
}
LEAK_MB_PER_HOUR = 80_000
FAULTS = ("lose at=8s frames=300", "rest-down at=5s for=40s", "bad-json at=14s frames=5")


class Fire(harness.WithExchange):
    def setUp(self):
        super().setUp()
        self.webhook = monitoring.Webhook()
        self.addCleanup(self.webhook.close)
        self.table = []

    def start_watched(self, name, *flags):
        return self.start_stream("--metrics-listen", f"127.0.0.1:{self.port}", "--allow-drills",
                                 "--gap-patience-seconds", "1",
                                 "--memory-sample-interval-seconds", "0.3", *flags, name=name)

    def fires(self, faults, since):
        for alert, fault in faults.items():
            self.wait_for(lambda alert=alert: alert in self.webhook.fired, f"{alert} to fire")
            self.table.append((alert, fault, self.webhook.fired[alert] - since))

    def resolves(self, faults):
        for alert in faults:
            self.wait_for(lambda alert=alert: alert in self.webhook.resolved,
                          f"{alert} to resolve")

    def test_each_alert_comes_with_its_fault_and_goes_when_it_has_healed(self):
        self.port = monitoring.free_port()
        self.start_exchange(*(part for fault in FAULTS for part in ("--fault", fault)), speed="4")
        began = time.monotonic()
        ill = self.start_watched("ill", "--ssl-verify", "false",
                                 "--memory-inject-leak-mb-per-hour", LEAK_MB_PER_HOUR,
                                 "--duration", "60s")
        monitoring.start_monitoring(self, self.port, self.webhook)
        self.fires(ILLS, began)
        ill.kill()
        self.fires({"K2Down": "kill -9"}, time.monotonic())

        # Restarted without its ills, while the exchange heals as well.
        self.start_watched("well")
        self.resolves([*ILLS, "K2Down"])

        for alert, fault, seconds in self.table:
            print(f"{alert:28} {fault:32} fired after {seconds:5.1f} s, resolved")


if __name__ == "__main__":
    unittest.main()
