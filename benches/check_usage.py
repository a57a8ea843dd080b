#!/usr/bin/env python3
"""Compares the usage export with the journal, in SQL, without any code of tallyfold.

    cargo build --release
    python3 benches/check_usage.py target/release/tallyfold LOG

Loads `report usage export` and `journal` into an SQLite database in memory, joins each row with its
charges by their numbers, and compares gross, refunded and used tokens. Every charge must be in one
row, that of its user, product and day. Exits with 1 where something differs.
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
        CREATE TABLE export (row INTEGER PRIMARY KEY, account, user, product, day, used, gross, refunded);
        CREATE TABLE numbers (row, account, charge);
        CREATE TABLE charged (account, charge, user, product, day, micros INTEGER);
        CREATE TABLE refunded (account, charge, micros INTEGER);
        """
    )
    amounts = ("tokens_used", "gross_tokens", "refunded_tokens")
    for number, row in enumerate(export):
        values = (number, row["account"], row["user"], row["product"], row["day_used"])
        values += tuple(micros(row[amount]) for amount in amounts)
        db.execute("INSERT INTO export VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        charges = [(number, row["account"], charge) for charge in row["charge_numbers"]]
        db.executemany("INSERT INTO numbers VALUES (?, ?, ?)", charges)
    for row in journal:
        if row["entry"] == "charged":
            day = row.get("starts_at", row["at"])[:10]
            values = (row["account"], row["charge"], row["user"], row["product"], day)
            db.execute("INSERT INTO charged VALUES (?, ?, ?, ?, ?, ?)", (*values, micros(row["tokens"])))
        elif row["entry"] == "refunded":
            values = (row["account"], row["charge"], micros(row["tokens"]))
            db.execute("INSERT INTO refunded VALUES (?, ?, ?)", values)
    journaled = """
        SELECT row, c.account, c.user, c.product, c.day,
            SUM(c.micros - COALESCE(r.micros, 0)), SUM(c.micros), SUM(COALESCE(r.micros, 0))
        FROM charged c LEFT JOIN numbers USING (account, charge)
        LEFT JOIN refunded r USING (account, charge) GROUP BY 1, 2, 3, 4, 5
    """
    exported = "SELECT * FROM export"
    both_ways = (
        f"SELECT * FROM ({journaled} EXCEPT {exported}) UNION ALL SELECT * FROM ({exported} EXCEPT {journaled})"
    )
    different = db.execute(both_ways).fetchall()
    rows, used = db.execute("SELECT COUNT(*), COALESCE(SUM(used), 0) FROM export").fetchone()
    print(f"{rows} rows, {used / 1_000_000:,.6f} tokens, {len(different)} differences")
    for row in different[:10]:
        print("differs:", *row)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
