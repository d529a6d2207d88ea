"""The board of ops/grafana, as a list of its queries."""

import json
import math
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BOARD = ROOT / "ops" / "grafana" / "k2.json"
# What Grafana puts in their places.
VARIABLES = {"$__rate_interval": "1m", "$instance": ".*", "$job": "k2"}


def panels(board=None):
    board = board or json.loads(BOARD.read_text(encoding="utf-8"))
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", [])


def queries():
    """Yields (title of the panel, query) of each one, in the form for Prometheus."""
    for panel in panels():
        for target in panel.get("targets", []):
            query = target["expr"]
            for name, value in VARIABLES.items():
                query = query.replace(name, value)
            yield panel["title"], query


def numbers(vector):
    """The numbers in an answer of Prometheus."""
    return [value for value in (float(one["value"][1]) for one in vector)
            if not math.isnan(value)]
