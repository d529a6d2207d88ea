"""The speed table: every row beside its baseline, interleaved, medians of several rounds.

    ./dev bench [--rounds N] [--quick] [--build DIR] [ROW...]

Prints what is owed against what was measured and writes build/bench/results.json. A row that falls
short is information, not a failure; a bench that cannot run is one (exit 1).
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import kafka_rows
import scrape

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORDING = ROOT / "data" / "spot_BTCUSDT_ETHUSDT_trade_20240808T2354-20240809T0005.jsonl.gz"
SECONDS_MAX = 90


class BenchFailed(Exception):
    pass


class Bench:
    """Starts the programs: one CPU for the pump, another for what is measured, if there are."""

    def __init__(self, build, scratch):
        self.programs = build / "bench"
        self.k2 = build / "k2"
        self.recording = RECORDING
        self.scratch = scratch
        cpus = sorted(os.sched_getaffinity(0))
        self.pump_cpu = cpus[0]
        self.client_cpu = cpus[1] if len(cpus) > 1 else cpus[0]
        self.runs = 0

    def fresh_dir(self):
        self.runs += 1
        directory = self.scratch / str(self.runs)
        directory.mkdir()
        return directory

    def program(self, name):
        path = self.programs / name
        if not path.exists():
            raise BenchFailed(f"{path} is not built")
        return str(path)

    def receive(self, client, frames, pump=(), pinned=True):
        """One pump and one client; the client's report."""
        directory = self.fresh_dir()
        server = subprocess.Popen(
            [self.program("tls_pump"), "--dir", directory, "--recording", RECORDING,
             "--frames", str(frames), "--seconds-max", str(SECONDS_MAX), *map(str, pump)],
            stdout=subprocess.PIPE, text=True, preexec_fn=pin(self.pump_cpu))
        try:
            listening = json.loads(server.stdout.readline() or "null")
            if listening is None:
                raise BenchFailed("the pump did not start")
            command = [self.program(client[0]), *map(str, client[1:]),
                       "--port", str(listening["port"]), "--ca", listening["ca"],
                       "--frames", str(frames), "--seconds-max", str(SECONDS_MAX)]
            if "journal" in client:
                command += ["--dir", directory / "journal"]
            return self.run(command, self.client_cpu if pinned else None)
        finally:
            server.kill() if server.poll() is None else None
            server.wait()
            server.stdout.close()
            shutil.rmtree(directory, ignore_errors=True)

    def run(self, command, cpu=None):
        done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True,
                              timeout=SECONDS_MAX + 30, preexec_fn=pin(cpu))
        if done.returncode != 0:
            raise BenchFailed(f"{pathlib.Path(command[0]).name} ended with {done.returncode}")
        return json.loads(done.stdout)


def pin(cpu):
    return None if cpu is None else lambda: os.sched_setaffinity(0, {cpu})


def interleaved(rounds, runs):
    """Runs each by turns, so that a busy moment hits all alike; the lists of reports by name."""
    reports = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            reports[name].append(run())
            print(".", end="", flush=True, file=sys.stderr)
    return reports


def cpu_us(report):
    return report["cpu_s"] / report["frames"] * 1e6


def rate(report):
    return report["frames"] / report["wall_s"]


def median(reports, what):
    return statistics.median(what(report) for report in reports)


def ratio(reports, one, other, what):
    """The median of the ratios of neighbouring runs, which is steadier than a ratio of medians."""
    return statistics.median(what(a) / what(b) for a, b in zip(reports[one], reports[other]))


def row(what, baseline, measured, owed, ok):
    return {"what": what, "baseline": baseline, "measured": measured, "owed": owed, "ok": ok}


def row_receive(bench, options):
    """TLS receive -> accepted trade, and the same work for 2,000 symbols."""
    frames = options.frames
    reports = interleaved(options.rounds, {
        "bare": lambda: bench.receive(["bare_loop"], frames),
        "k2": lambda: bench.receive(["receive_bench", "accept"], frames),
        "one": lambda: bench.receive(["receive_bench", "encode", "--symbols", 1], frames),
        "many": lambda: bench.receive(["receive_bench", "encode", "--symbols", 2000], frames,
                                      ["--symbols", 2000]),
    })
    bare, k2 = median(reports["bare"], cpu_us), median(reports["k2"], cpu_us)
    against = ratio(reports, "k2", "bare", cpu_us)
    spread = ratio(reports, "many", "one", cpu_us)
    one, many = median(reports["one"], cpu_us), median(reports["many"], cpu_us)
    return [
        row("TLS receive -> accepted trade, CPU a trade", f"bare read loop {bare:.2f} us",
            f"{k2:.2f} us, {against:.2f}x", "<= 1.0 us, <= 1.4x", k2 <= 1.0 and against <= 1.4),
        row("cost a trade, 2,000 symbols against 1", f"{one:.2f} us",
            f"{many:.2f} us, {spread:.2f}x",
            "<= 1.3x", spread <= 1.3),
    ], reports


def row_decode(bench, options):
    """decode + sequence + encode beside simdjson's parse of the same frames."""
    done = subprocess.run(
        [bench.program("decode_bench"), "--benchmark_format=json",
         f"--benchmark_repetitions={max(2, options.rounds)}", "--benchmark_min_time=0.3",
         "--benchmark_enable_random_interleaving=true"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=300,
        preexec_fn=pin(bench.client_cpu))
    if done.returncode != 0:
        raise BenchFailed("decode_bench failed")
    medians = {entry["run_name"]: entry for entry in json.loads(done.stdout)["benchmarks"]
               if entry.get("aggregate_name") == "median"}
    if any("error_message" in entry for entry in medians.values()) or len(medians) < 4:
        raise BenchFailed("decode_bench reported an error")
    cost = {name: 1e9 / entry["items_per_second"] for name, entry in medians.items()}
    allocations = medians["decode_sequence_encode"]["allocations_per_trade"]
    against = cost["decode_sequence_encode"] / cost["parse_alone"]
    return [
        row("decode + sequence + encode, a trade",
            f"simdjson parse alone {cost['parse_alone']:.0f} ns",
            f"{cost['decode_sequence_encode']:.0f} ns, {against:.2f}x, "
            f"{allocations:.3f} allocations",
            "<= 2x, no allocation", against <= 2 and allocations < 0.001),
        row("decode alone, a trade", f"simdjson parse alone {cost['parse_alone']:.0f} ns",
            f"fast parser {cost['decode_fast']:.0f} ns, "
            f"any shape {cost['decode_any_shape']:.0f} ns",
            "<= 60 ns in the fast parser", cost["decode_fast"] <= 60),
    ], {"decode_ns": cost, "allocations_per_trade": allocations}


def row_journal(bench, options):
    """Wire -> durable in the journal, one TLS record per frame; and the journal alone."""
    frames = options.frames
    store = lambda: bench.run([bench.program("journal_bench"), "--dir", bench.fresh_dir(),
                               "--records", str(2 * frames)])
    reports = interleaved(options.rounds, {
        "bare": lambda: bench.receive(["bare_loop", "--parse"], frames, pinned=False),
        "k2": lambda: bench.receive(["receive_bench", "journal"], frames, pinned=False),
        "store": store,
    })
    bare, k2 = median(reports["bare"], rate), median(reports["k2"], rate)
    against = ratio(reports, "k2", "bare", rate)
    return [
        row("wire -> journal, one TLS record a frame", f"bare read + parse {bare / 1e3:.0f} k/s",
            f"{k2 / 1e3:.0f} k/s, {against:.2f} of it", ">= 0.7 of its rate", against >= 0.7),
        row("the journal alone", "", f"{median(reports['store'], rate) / 1e3:.0f} k records/s",
            "", None),
    ], reports


def row_paced(bench, options):
    """A paced 10,000 trades/s over 24 symbols: memory, and CPU against the bare loop's."""
    frames = 10_000 * options.paced_seconds
    pump = ["--rate", 10_000, "--symbols", 24]
    reports = interleaved(max(1, options.rounds // 2), {
        "bare": lambda: bench.receive(["bare_loop"], frames, pump),
        "k2": lambda: bench.receive(["receive_bench", "journal", "--symbols", 24], frames, pump,
                                    pinned=False),
    })
    share = lambda report: report["cpu_s"] / report["wall_s"] * 100
    rss = max(report["rss_max_kb"] for report in reports["k2"]) / 1024
    against = ratio(reports, "k2", "bare", share)
    return [
        row("memory at 10 k/s, 24 symbols", "", f"{rss:.0f} MB RSS at most", "<= 64 MB", rss <= 64),
        row("CPU at 10 k/s, wire -> journal",
            f"bare read loop {median(reports['bare'], share):.1f} %",
            f"{median(reports['k2'], share):.1f} %, {against:.2f}x", "<= 1.5x (owed with Kafka)",
            against <= 1.5),
    ], reports


def row_kafka(bench, options):
    """Wire -> readable in Kafka: rate, latency and CPU beside a bare loop."""
    return kafka_rows.rows(bench, options, row, median, ratio, interleaved)


def row_scrape(bench, options):
    """A scrape of 2,000 symbols, and what trades feel of ten of them a second."""
    try:
        found = scrape.measure(options.build.resolve() / "k2", bench.fresh_dir(), options.rounds,
                               2 if options.quick else 10)
    except (TimeoutError, OSError) as error:
        raise BenchFailed(str(error)) from error
    against = found["scraped_us"] / found["calm_us"]
    return [
        row("scrape of 2,000 symbols", "",
            f"{found['scrape_ms']:.1f} ms, {found['bytes'] / 1e3:.0f} kB", "< 50 ms",
            found["scrape_ms"] < 50),
        row("receive -> accepted, mean, ten scrapes a second",
            f"without scrapes {found['calm_us']:.0f} us",
            f"{found['scraped_us']:.0f} us, {against:.2f}x", "<= 1.2x", against <= 1.2),
    ], found


ROWS = {"receive": row_receive, "decode": row_decode, "journal": row_journal, "paced": row_paced,
        "kafka": row_kafka, "scrape": row_scrape}


def print_table(rows):
    print(f"\n{'what':44} {'baseline beside it':34} {'measured':44} {'owed':26} verdict")
    for one in rows:
        verdict = {True: "ok", False: "SHORT", None: ""}[one["ok"]]
        print(f"{one['what']:44} {one['baseline']:34} {one['measured']:44} {one['owed']:26} "
              f"{verdict}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW",
                        help=f"of {', '.join(ROWS)}; all by default")
    parser.add_argument("--rounds", type=int, default=5, help="how often each program runs")
    parser.add_argument("--frames", type=int, default=1_000_000, help="trades of an unpaced run")
    parser.add_argument("--paced-seconds", type=int, default=15, help="length of a paced run")
    parser.add_argument("--quick", action="store_true",
                        help="one short round: does everything run?")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    options = parser.parse_args()
    unknown = set(options.rows) - set(ROWS)
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    if options.quick:
        options.rounds, options.frames, options.paced_seconds = 1, 100_000, 4
    return options


def main():
    options = parse_arguments()
    results = ROOT / "build" / "bench"
    results.mkdir(parents=True, exist_ok=True)
    rows, reports = [], {}
    with tempfile.TemporaryDirectory(dir=results) as scratch:
        bench = Bench(options.build.resolve(), pathlib.Path(scratch))
        for name in options.rows or ROWS:
            print(f"-- {name}: {ROWS[name].__doc__}", file=sys.stderr)
            try:
                more, reports[name] = ROWS[name](bench, options)
            except (BenchFailed, kafka_rows.NotSetUp, subprocess.TimeoutExpired,
                    json.JSONDecodeError) as error:
                print(f"\nbench: {name} cannot run: {error}", file=sys.stderr)
                return 1
            print(file=sys.stderr)
            rows += more
    print_table(rows)
    document = {"rounds": options.rounds, "frames": options.frames, "cpus": os.cpu_count(),
                "load": os.getloadavg(), "rows": rows, "reports": reports}
    path = results / "results.json"
    path.write_text(json.dumps(document, indent=1) + "\n")
    print(f"\nwritten to {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
