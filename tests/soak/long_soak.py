#!/usr/bin/env python3
"""A soak test of any length against the exchange simulator, with a real broker and a real
registry behind the journal, or without. `./dev test soak-1h` and others run it; the artifacts stay.

    TEST_K2_BINARY=build/release/k2 tests/soak/long_soak.py --profile 1h --rate 1000 --kafka
"""

import argparse
import pathlib
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "kafka"), str(ROOT / "tests" / "e2e")]
import harness  # noqa: E402

OPTIONS = argparse.Namespace()


def soak_flags(options):
    flags = ["soak", "--profile", options.profile, "--compress", options.compress, "--out",
             options.out, "--sim", "--sim-rate", options.rate, "--metrics-listen", "127.0.0.1:0"]
    if options.faults:
        flags += ["--sim-faults", options.faults]
    return flags


def run(test, *more):
    """Runs to its end, regardless of the duration, and shows the output."""
    soak = test.start("soak", *soak_flags(OPTIONS), *more)
    code = soak.wait(None)
    print(soak.output())
    test.assertEqual(code, 0, harness.tail(soak))


class IntoTheJournal(harness.EndToEnd):
    def test_it_holds(self):
        run(self)


def into_kafka():
    import kafka_harness  # only the virtual environment has what it needs

    class IntoKafka(kafka_harness.WithKafka):
        def test_it_holds(self):
            self.start_kafka()
            run(self, "--sink", "kafka", "--kafka-bootstrap-servers", self.servers,
                "--kafka-partitions", kafka_harness.PARTITIONS, "--kafka-schema-registry-url",
                self.registry)

    return IntoKafka


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", default="1h")
    parser.add_argument("--compress", default="1")
    parser.add_argument("--rate", default="1000", help="trades per second")
    parser.add_argument("--faults", help="a file of faults")
    parser.add_argument("--kafka", action="store_true", help="with a broker and a registry behind")
    parser.add_argument("--out", help="a folder; with the time behind when it is there")
    parser.parse_args(namespace=OPTIONS)
    OPTIONS.out = pathlib.Path(OPTIONS.out or f"k2-soak-{OPTIONS.profile}").resolve()
    if OPTIONS.out.exists():  # what an earlier one left stays
        OPTIONS.out = OPTIONS.out.with_name(OPTIONS.out.name + time.strftime("-%Y%m%dT%H%M%S"))
    OPTIONS.out.parent.mkdir(parents=True, exist_ok=True)
    case = into_kafka() if OPTIONS.kafka else IntoTheJournal
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(case)
    return 0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
