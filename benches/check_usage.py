#!/usr/bin/env python3
"""Compares the usage export with the journal, in SQL, without any code of tallyfold.

    cargo build --release
    python3 benches/check_usage.py target/release/tallyfold LOG

Loads `report usage export` and `journal` into an SQLite database in memory and compares tokens
used by user, product and day. Exits with 1 where they differ.
"""

import json
import sqlite3
import subprocess
import sys


def lines(*command):
    out = subprocess.run(command, check=True, capture_output=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def micros(amount):
    """Token amounts are integers or decimal strings; a float would lose some."""
    whole, _, fraction = str(amount).partition(".")
    sign = -1 if whole.startswith("-") else 1
    return int(whole) * 1_000_000 + sign * int(fraction.ljust(6, "0") or "0")


def main(program, log):
    export = lines(program, "report", "usage", "export", "--plan", "premium", "--format", "jsonl", log)
    journal = lines(program, "journal", log)
    db = sqlite3.connect(":memory:")
    db.executescript(
        """
        CREATE TABLE export (account, user, product, day, micros INTEGER);
        CREATE TABLE charged (account, charge, user, product, day, micros INTEGER);
        CREATE TABLE refunded (account, charge, micros INTEGER);
        """
    )
    for row in export:
        used = micros(row["tokens_used"])
        values = (row["account"], row["user"], row["product"], row["day_used"], used)
        db.execute("INSERT INTO export VALUES (?, ?, ?, ?, ?)", values)
    for row in journal:
        if row["entry"] == "charged":
            day = row.get("starts_at", row["at"])[:10]
            values = (row["account"], row["charge"], row["user"], row["product"], day)
            db.execute("INSERT INTO charged VALUES (?, ?, ?, ?, ?, ?)", (*values, micros(row["tokens"])))
        elif row["entry"] == "refunded":
            values = (row["account"], row["charge"], micros(row["tokens"]))
            db.execute("INSERT INTO refunded VALUES (?, ?, ?)", values)
    net = """
        SELECT account, user, product, day, SUM(micros - COALESCE(back, 0)) FROM charged
        LEFT JOIN (SELECT account, charge, SUM(micros) AS back FROM refunded GROUP BY 1, 2)
        USING (account, charge) GROUP BY 1, 2, 3, 4
    """
    exported = "SELECT account, user, product, day, SUM(micros) FROM export GROUP BY 1, 2, 3, 4"
    both_ways = f"SELECT * FROM ({net} EXCEPT {exported}) UNION ALL SELECT * FROM ({exported} EXCEPT {net})"
    different = db.execute(both_ways).fetchall()
    total = db.execute("SELECT COUNT(*), SUM(micros) FROM export").fetchone()
    print(f"{total[0]} rows, {total[1] / 1_000_000:,.6f} tokens, {len(different)} differences")
    for row in different[:10]:
        print("differs:", *row)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
