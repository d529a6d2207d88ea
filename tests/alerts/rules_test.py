"""The alerts of ops/prometheus/rules/k2.yml: promtool takes them, each fires when it must and not
when it must not, each has its heading in the runbook and uses metrics that K2 has."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import cases

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "ops" / "prometheus" / "rules" / "k2.yml"


def promtool(*arguments):
    program = shutil.which("promtool")
    if program is None:
        raise SystemExit("FAILED: promtool is missing: ./dev setup test")
    return subprocess.run([program, *map(str, arguments)], text=True, capture_output=True,
                          check=False)


def with_job(series):
    """The labels that Prometheus gives what it scrapes."""
    name, _, labels = series.partition("{")
    return f'{name}{{job="k2",instance="one",{labels or "}"}'


def rule_test(alert, values, at, firing):
    return {"interval": "1m",
            "name": f"{alert} {'fires' if firing else 'is calm'}",
            "input_series": [{"series": with_job(series), "values": text}
                             for series, text in values.items()],
            "promql_expr_test": [{
                "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)',
                "eval_time": f"{at}m",
                "exp_samples": [{"labels": "{}", "value": int(firing)}]}]}


class Rules(unittest.TestCase):
    text = RULES.read_text(encoding="utf-8")
    alerts = re.findall(r"- alert: (\w+)", text)

    def test_promtool_takes_the_file(self):
        checked = promtool("check", "rules", RULES)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_each_alert_fires_when_it_must_and_not_else(self):
        self.assertEqual(sorted(self.alerts), sorted(cases.CASES))
        tests = []
        for alert, case in cases.CASES.items():
            tests.append(rule_test(alert, case.fires, case.at, True))
            tests.append(rule_test(alert, case.calm, case.at, False))
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "test.yml"
            file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1m",
                                        "tests": tests}), encoding="utf-8")
            ran = promtool("test", "rules", file)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def test_each_alert_says_what_to_do(self):
        runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
        headings = re.findall(r"^### (.+)$", runbook, re.MULTILINE)
        self.assertEqual(headings, self.alerts, "a heading each, in the order of the rules")
        urls = re.findall(r"runbook_url: (\S+)", self.text)
        self.assertEqual(urls, [f"docs/runbook.md#{alert.lower()}" for alert in self.alerts])
        for block in self.text.split("- alert: ")[1:]:
            for part in ("severity: ", "summary: ", "description: "):
                self.assertIn(part, block)

    def test_rules_use_metrics_that_exist(self):
        page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
        known = set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE)) | {"up"}
        used = set(re.findall(r'([a-z0-9_]+)\{job="k2"', self.text))
        self.assertGreater(len(used), 15)
        self.assertEqual(used - known, set())


if __name__ == "__main__":
    unittest.main()
