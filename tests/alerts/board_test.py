"""The board of ops/grafana and what K2 measures: queries name metrics that exist, and every metric
serves somebody, in a panel, an alert or a line of the runbook. Whether each query has data is
fire_test's to say, beside a real Prometheus."""

import json
import pathlib
import re
import unittest

import board

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What Prometheus makes of a histogram or summary, and what is its own.
PARTS = re.compile(r"_(bucket|sum|count)$")
OF_PROMETHEUS = {"ALERTS", "up"}
# The part of a query before a "{" or, without labels, between operators.
SERIES = re.compile(r"\b([a-zA-Z_][a-zA-Z0-9_:]*)\{")


def metrics():
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE))


def used_by_board(known):
    used = set()
    for _, query in board.queries():
        for name in SERIES.findall(query):
            used.add(name if name in known else PARTS.sub("", name))
    return used


class Board(unittest.TestCase):
    def test_queries_name_metrics_that_exist(self):
        used = used_by_board(metrics())
        self.assertGreater(len(used), 60)
        self.assertEqual(used - metrics() - OF_PROMETHEUS, set())

    def test_every_metric_feeds_a_panel_an_alert_or_a_line_of_the_runbook(self):
        rules = (ROOT / "ops" / "prometheus" / "rules" / "k2.yml").read_text(encoding="utf-8")
        runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
        words = set(re.findall(r"\w+", rules)) | set(re.findall(r"\w+", runbook))
        self.assertEqual(metrics() - used_by_board(metrics()) - words, set())

    def test_panels_stand_apart(self):
        taken = set()
        ids = [panel["id"] for panel in board.panels()]
        self.assertEqual(len(ids), len(set(ids)))
        for panel in board.panels():
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells

    def test_what_an_operator_looks_for_has_its_panel(self):
        titles = {panel["title"] for panel in board.panels()}
        for wanted in ("Memory", "Lifetime of connections", "Trades a second", "Ping to pong",
                       "Reconnects by reason", "Missing ids", "Backfill", "Stages, median",
                       "Behind in Kafka", "Alerts"):
            self.assertIn(wanted, titles)

    def test_provisioning_names_the_source_and_the_board(self):
        folder = ROOT / "ops" / "grafana" / "provisioning"
        source = (folder / "datasources" / "k2.yml").read_text(encoding="utf-8")
        self.assertIn("type: prometheus", source)
        provider = (folder / "dashboards" / "k2.yml").read_text(encoding="utf-8")
        self.assertIn("type: file", provider)
        sources = [one["name"] for one in json.loads(
            board.BOARD.read_text(encoding="utf-8"))["templating"]["list"]]
        self.assertEqual(sources, ["datasource", "job", "instance"])


if __name__ == "__main__":
    unittest.main()
