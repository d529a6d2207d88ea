#!/usr/bin/env python3
"""A campaign by seed against `k2 verify --official`: the exchange's file (plain, gzip, zip, with
one member or two) is damaged in bytes, rows or members. Whatever a plain reader then reads
differently must not be CLEAN. K2_DAMAGE_SEEDS sets how many seeds are tried; `./dev torture verify`
tries 1,000."""

import datetime
import gzip
import io
import os
import random
import subprocess
import unittest
import zipfile
import zlib

import harness

SEEDS = int(os.environ.get("K2_DAMAGE_SEEDS", "40"))
SYMBOL = "BTCUSDT"
# Named as the exchange names its files, after the day of the trades.
NAME = f"{SYMBOL}-trades-{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}"


def packed(rows, form):
    """The file's bytes: rows are lines with their ends."""
    text = b"".join(rows)
    if form == "csv":
        return text
    if form == "gz":
        return gzip.compress(text, mtime=0)
    if form == "gz2":  # two members, as two files one behind the other
        half = len(rows) // 2
        return b"".join(gzip.compress(b"".join(part), mtime=0)
                        for part in (rows[:half], rows[half:]))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if form == "zip":
            archive.writestr(f"{NAME}.csv", text)
        else:
            half = len(rows) // 2
            archive.writestr(f"{NAME}-1.csv", b"".join(rows[:half]))
            archive.writestr(f"{NAME}-2.csv", b"".join(rows[half:]))
    return out.getvalue()


FORMS = {"csv": "csv", "gz": "csv.gz", "gz2": "csv.gz", "zip": "zip", "zip2": "zip"}


def plain_rows(data, form):
    """The rows as a plain reader finds them; None when it does not get through."""
    try:
        if form.startswith("gz"):
            data = gzip.decompress(data)
        elif form.startswith("zip"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                data = b"".join(archive.read(name) for name in archive.namelist())
    except (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile, NotImplementedError,
            RuntimeError, KeyError):
        return None
    return data.splitlines()


def trades_of(rows):
    """Returns the columns that K2 keeps: all but the quote's amount, a product, and isBestMatch."""
    return {tuple(field for at, field in enumerate(row.split(b",")) if at not in (3, 6))
            for row in rows}


def harm_rows(chance, rows):
    """The rows with one damage, and its name."""
    rows = list(rows)
    at = chance.choice((0, len(rows) - 1, chance.randrange(len(rows))))
    kind = chance.choice(("delete", "delete many", "alter", "swap", "cut row", "empty"))
    if kind == "delete":
        del rows[at]
    elif kind == "delete many":
        del rows[at:at + chance.randrange(2, 300)]
    elif kind == "alter":
        fields = rows[at].split(b",")
        which = chance.randrange(len(fields))
        digits = [spot for spot, byte in enumerate(fields[which]) if 48 <= byte <= 57]
        if digits:
            spot = chance.choice(digits)
            changed = bytearray(fields[which])
            changed[spot] = 48 + (changed[spot] - 48 + chance.randrange(1, 10)) % 10
            fields[which] = bytes(changed)
        elif which == 5:
            fields[which] = b"True" if fields[which].startswith(b"F") else b"False"
        rows[at] = b",".join(fields)
    elif kind == "swap":
        other = chance.randrange(len(rows))
        # Prices and quantities trade places, ids stay: the rows themselves in another order are
        # the same trades.
        one, two = rows[at].split(b","), rows[other].split(b",")
        one[1:4], two[1:4] = two[1:4], one[1:4]
        rows[at], rows[other] = b",".join(one), b",".join(two)
    elif kind == "cut row":
        rows[at] = rows[at][:chance.randrange(1, len(rows[at]) - 1)] + b"\n"
    else:
        rows = []
    return rows, f"{kind} at {at}"


def harm_bytes(chance, data):
    """The bytes with one damage, and its name."""
    data = bytearray(data)
    at = chance.randrange(len(data))
    kind = chance.choice(("flip", "truncate", "remove", "zero"))
    if kind == "flip":
        data[at] ^= 1 << chance.randrange(8)
    elif kind == "truncate":
        del data[at:]
    elif kind == "remove":
        del data[at:at + chance.randrange(1, 4096)]
    else:
        length = min(chance.randrange(1, 512), len(data) - at)
        data[at:at + length] = bytes(length)
    return bytes(data), f"{kind} at byte {at}"


class OfficialDamage(harness.WithExchange):
    symbols = SYMBOL

    def record(self):
        self.exchange = self.start("sim", "sim", "--symbols", SYMBOL, "--rate", 500, "--port", 0,
                                   "--rest-port", 0, "--tls-dir", self.folder / "tls",
                                   "--start-when-subscribed", 1)
        self.wait_exchange()
        stream = self.start_stream("--audit", "false")
        self.wait_for(lambda: self.stored() > 1500, "1,500 trades", alive=(stream,))
        self.stop(stream)
        out = self.folder / "rows.csv"
        self.run_k2("export", "export", "--data-dir", self.data_dir, "--format", "csv", "--layout",
                    "official", "--symbol", SYMBOL, "--out", out)
        return out.read_bytes().splitlines(keepends=True)

    def verified(self, path):
        """Returns the exit code and the output."""
        done = subprocess.run([harness.k2_binary(), "verify", "--data-dir", self.data_dir,
                               "--official", path], env=harness.clean_environment(), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                              check=False)
        return done.returncode, done.stdout

    def test_no_damage_is_clean(self):
        rows = self.record()
        for form, ending in FORMS.items():
            path = self.folder / f"{NAME}.{ending}"
            path.write_bytes(packed(rows, form))
            code, said = self.verified(path)
            self.assertEqual(code, 0, f"sound, {form}: {said}")
        counts = {"detected": 0, "without effect": 0, "undetected": 0}
        for seed in range(1, SEEDS + 1):
            counts[self.play(seed, rows)] += 1
        print(f"seeds {SEEDS}: {counts}", flush=True)
        self.assertEqual(counts["undetected"], 0)
        self.assertGreater(counts["detected"], SEEDS / 2)

    def play(self, seed, rows):
        chance = random.Random(seed)
        form = chance.choice(tuple(FORMS))
        if chance.random() < 0.5:
            harmed, what = harm_rows(chance, rows)
            data = packed(harmed, form)
        else:
            data, what = harm_bytes(chance, packed(rows, form))
        found = plain_rows(data, form)
        changed = found is None or (
            trades_of(found) != trades_of(row.rstrip(b"\n") for row in rows))
        path = self.folder / f"{NAME}.{FORMS[form]}"
        path.write_bytes(data)
        code, said = self.verified(path)
        if code != 0:
            return "detected" if changed else "without effect"
        if not changed:
            return "without effect"
        print(f"UNDETECTED: seed {seed}, {form}, {what}\n{said}", flush=True)
        return "undetected"


if __name__ == "__main__":
    unittest.main()
