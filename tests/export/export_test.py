"""Every field of every recorded trade, through journal and export, equals the recording.

The containers are read by fastavro, which shares no code with K2; the CSV is held against the
exchange's columns, and `k2 verify` against the same recording as an official file. What is made
without options is opened without options by Polars, DuckDB and pandas.
"""

import argparse
import csv
import gzip
import json
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import environment  # noqa: E402

FRAMES = ROOT / "data" / "spot_BTCUSDT_ETHUSDT_trade_20240808T2354-20240809T0005.jsonl.gz"
OFFICIAL = [ROOT / "data" / f"{symbol}-trades-from-ws-20240808T2354-20240809T0005.csv.gz"
            for symbol in ("BTCUSDT", "ETHUSDT")]
TRADES = 34_419
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def instant(ms: int, extra_us: int = 0) -> datetime:
    return EPOCH + timedelta(milliseconds=ms, microseconds=extra_us)


def expected_records() -> list[dict]:
    """The expected TradeV2 of each frame; record_frames.cpp disguises some as backfilled."""
    records = []
    with gzip.open(FRAMES, "rt", encoding="utf-8") as frames:
        for sequence, frame in enumerate(frames, start=1):
            trade = json.loads(frame)["data"]
            rest = trade["t"] % 100 == 0
            late = trade["t"] % 500 == 0
            records.append({
                "message_id": f"binance-spot-{trade['s']}-{trade['t']}",
                "trade_id": f"BINANCE-{trade['t']}",
                "symbol": trade["s"],
                "exchange": "BINANCE",
                "asset_class": "crypto",
                "timestamp": instant(trade["T"]),
                "price": Decimal(trade["p"]),
                "quantity": Decimal(trade["q"]),
                "currency": "USDT",
                "side": "SELL" if trade["m"] else "BUY",
                "trade_conditions": ["LATE"] if late else [],
                "source_sequence": trade["t"],
                "ingestion_timestamp": instant(trade["E"], 1_500),
                "platform_sequence": sequence,
                "vendor_data": {"origin": "rest"} if rest else None,
                "event_timestamp": None if rest else instant(trade["E"]),
            })
    assert len(records) == TRADES, len(records)
    return records


def micros(time: datetime | None) -> int | None:
    return None if time is None else (time - EPOCH) // timedelta(microseconds=1)


def as_json(record: dict) -> dict:
    """The record as a JSON line spells it."""
    spelled = dict(record)
    for name in ("timestamp", "ingestion_timestamp", "event_timestamp"):
        spelled[name] = micros(record[name])
    for name in ("price", "quantity"):
        spelled[name] = f"{record[name]:.8f}"
    return spelled


def expect_equal(what: str, actual: list, expected: list) -> None:
    for number, (one, other) in enumerate(zip(actual, expected)):
        if one != other:
            sys.exit(f"FAILED: {what}, record {number}:\n  is        {one}\n  should be {other}")
    if len(actual) != len(expected):
        sys.exit(f"FAILED: {what}: {len(actual)} records instead of {len(expected)}")
    print(f"{what}: {len(actual)} records equal", flush=True)


class Exporter:
    def __init__(self, k2: str, data_dir: Path, out_dir: Path) -> None:
        self.k2, self.data_dir, self.out_dir = k2, data_dir, out_dir

    def export(self, name: str, *options: str) -> Path:
        out = self.out_dir / name
        subprocess.run([self.k2, "export", "--data-dir", str(self.data_dir), "--out", str(out),
                        *options], check=True)
        return out


def check_avro(exporter: Exporter, expected: list[dict]) -> None:
    import fastavro

    schema = json.loads((ROOT / "schemas" / "trade_v2.avsc").read_text(encoding="utf-8"))
    for codec, stored in (("zstd", "zstandard"), ("deflate", "deflate"), ("none", "null")):
        path = exporter.export(f"{codec}.avro", "--format", "avro", "--layout", "trade_v2",
                               "--codec", codec)
        with path.open("rb") as file:
            reader = fastavro.reader(file)
            assert reader.codec == stored, reader.codec
            assert json.loads(reader.metadata["avro.schema"]) == schema
            expect_equal(f"avro {codec} ({path.stat().st_size:,} bytes)", list(reader), expected)


def check_jsonl(exporter: Exporter, expected: list[dict]) -> None:
    path = exporter.export("trades.jsonl", "--format", "jsonl", "--layout", "trade_v2")
    lines = path.read_text(encoding="utf-8").splitlines()
    expect_equal("jsonl", [json.loads(line) for line in lines], [as_json(one) for one in expected])
    assert list(json.loads(lines[0])) == list(expected[0]), "the fields are in another order"


def check_csv(exporter: Exporter) -> None:
    for official in OFFICIAL:
        symbol = official.name.split("-")[0]
        path = exporter.export(f"{symbol}.csv", "--format", "csv", "--layout", "official",
                               "--symbol", symbol)
        with gzip.open(official, "rt") as file:
            expected = [row[:4] + [row[4] + "000"] + row[5:] for row in csv.reader(file)]
        with path.open(newline="") as file:
            expect_equal(f"csv {symbol}", list(csv.reader(file)), expected)


def check_tables(exporter: Exporter, expected: list[dict]) -> None:
    """The defaults of each format, opened without a single option by what people use for tables."""
    import duckdb
    import pandas
    import polars

    paths = {name: exporter.export(f"table.{name}", "--format", name)
             for name in ("csv", "jsonl", "avro")}
    rows = [(one["symbol"], one["source_sequence"], one["side"] == "SELL") for one in expected]
    origins = ["stream" if one["vendor_data"] is None else "rest" for one in expected]
    late = [",".join(one["trade_conditions"]) for one in expected]
    events = [micros(one["event_timestamp"]) or 0 for one in expected]

    def check_columns(what: str, column) -> None:
        expect_equal(f"{what}, columns of csv", list(zip(column("symbol"), column("id"),
                                                         column("isBuyerMaker"),
                                                         column("tape_generation"))),
                     [(*row, 0) for row in rows])

    def check_lines(what: str, column) -> None:
        expect_equal(f"{what}, fields of jsonl", list(zip(
            column("symbol"), column("source_sequence"), column("trade_conditions"),
            column("origin"), column("event_timestamp"))),
            [(row[0], row[1], *rest) for row, *rest in zip(rows, late, origins, events)])

    table = polars.read_csv(paths["csv"])
    check_columns("polars", lambda name: table[name].to_list())
    frame = pandas.read_csv(paths["csv"])
    check_columns("pandas", lambda name: frame[name].tolist())
    check_columns("duckdb", lambda name: [
        row[0] for row in duckdb.sql(f"SELECT {name} FROM '{paths['csv']}'").fetchall()])
    lines = polars.read_ndjson(paths["jsonl"])
    check_lines("polars", lambda name: lines[name].to_list())
    objects = pandas.read_json(paths["jsonl"], lines=True, convert_dates=False)
    check_lines("pandas", lambda name: objects[name].tolist())
    check_lines("duckdb", lambda name: [
        row[0] for row in duckdb.sql(f"SELECT {name} FROM '{paths['jsonl']}'").fetchall()])
    avro = polars.read_avro(paths["avro"])
    expect_equal("polars, avro", list(zip(
        avro["symbol"], avro["source_sequence"], avro["price"], avro["quantity"],
        avro["trade_conditions"].to_list(), avro["origin"], avro["timestamp"],
        avro["event_timestamp"])),
        [(one["symbol"], one["source_sequence"], one["price"], one["quantity"],
          one["trade_conditions"], origin, one["timestamp"], one["event_timestamp"])
         for one, origin in zip(expected, origins)])


def check_flat_avro(exporter: Exporter, expected: list[dict]) -> None:
    import fastavro

    path = exporter.export("flat.avro", "--format", "avro")
    flat = [{**{name: value for name, value in one.items()
                if name not in ("vendor_data", "event_timestamp")},
             "origin": "stream" if one["vendor_data"] is None else "rest",
             "event_timestamp": one["event_timestamp"], "tape_generation": 0} for one in expected]
    with path.open("rb") as file:
        reader = fastavro.reader(file)
        assert reader.codec == "deflate", reader.codec
        expect_equal("avro, flat", list(reader), flat)


def check_refusals(exporter: Exporter) -> None:
    for options in (("csv", "official"), ("csv", "trade_v2"), ("avro", "official"),
                    ("csv", "official", "--symbol", "BTCUSDT,ETHUSDT")):
        done = subprocess.run([exporter.k2, "export", "--data-dir", str(exporter.data_dir),
                               "--format", options[0], "--layout", *options[1:]], check=False,
                              capture_output=True, text=True)
        assert done.returncode == 2 and "--layout" in done.stderr, (options, done)
    # What cannot be written is an error of every command, whatever it prints.
    for words in (["export", "--data-dir", str(exporter.data_dir), "--format", "csv"],
                  ["verify", "--data-dir", str(exporter.data_dir)], ["config"], ["manual"],
                  ["gaps", "--data-dir", str(exporter.data_dir)], ["metrics"], ["--help"],
                  ["--version"], ["verify", "--help"]):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([exporter.k2, *words], check=False, stdout=full,
                                  stderr=subprocess.PIPE, text=True)
        assert done.returncode == 1, (words, done)
    print("refusals: as they should be", flush=True)


def check_times(exporter: Exporter, expected: list[dict]) -> None:
    path = exporter.export("part.jsonl", "--format", "jsonl", "--layout", "trade_v2",
                           "--symbol", "ethusdt", "--from", "2024-08-09",
                           "--to", "2024-08-09T00:01:00Z")
    begin = datetime(2024, 8, 9, tzinfo=timezone.utc)
    wanted = [as_json(one) for one in expected
              if one["symbol"] == "ETHUSDT"
              and begin <= one["timestamp"] < begin + timedelta(minutes=1)]
    assert wanted
    lines = path.read_text(encoding="utf-8").splitlines()
    expect_equal("a minute of ETHUSDT", [json.loads(line) for line in lines], wanted)


def check_verify(k2: str, data_dir: Path) -> None:
    command = [k2, "verify", "--data-dir", str(data_dir), "--json"]
    for official in OFFICIAL:
        command += ["--official", str(official)]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    total = report["total"]
    assert report["clean"] and total["published"] == total["stored"] == TRADES, report
    print("verify against the official columns: clean", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--k2", required=True)
    parser.add_argument("--record", required=True)
    arguments = parser.parse_args()
    environment.enter_venv()
    expected = expected_records()
    with tempfile.TemporaryDirectory(prefix="k2-export-") as scratch:
        data_dir = Path(scratch) / "data"
        subprocess.run([arguments.record, str(FRAMES), str(data_dir)], check=True)
        exporter = Exporter(arguments.k2, data_dir, Path(scratch))
        check_avro(exporter, expected)
        check_jsonl(exporter, expected)
        check_csv(exporter)
        check_flat_avro(exporter, expected)
        check_tables(exporter, expected)
        check_refusals(exporter)
        check_times(exporter, expected)
        check_verify(arguments.k2, data_dir)


if __name__ == "__main__":
    main()
