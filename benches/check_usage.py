#!/usr/bin/env python3
"""Compares the usage export with the journal, in SQL, without any code of tallyfold.

    cargo build --release
    python3 benches/check_usage.py target/release/tallyfold LOG

Loads `report usage export` and `journal` into an SQLite database in memory and joins them by charge
number: every charge is in one row of the export, and each row says what its charges and their
refunds say: user, product, version, date, access, gross tokens, refunded tokens, tokens used. Exits
with 1 where they differ.
"""

import json
import sqlite3
import subprocess
import sys

# A charge with its row of the export; each is there, once, or both sides of the join show it.
TABLES = """
    CREATE TABLE export (row INTEGER PRIMARY KEY, account, user, product, version, day, access,
                         gross INTEGER, refunded INTEGER, used INTEGER);
    CREATE TABLE exported (row INTEGER, account, charge INTEGER);
    CREATE TABLE charged (account, charge INTEGER, user, product, version, day, access, micros INTEGER,
                          PRIMARY KEY (account, charge));
    CREATE TABLE refunded (account, charge INTEGER, micros INTEGER);
"""

# What the journal says of the charges of each row, against what the row says.
DIFFERENT_ROWS = """
    WITH told AS (
        SELECT exported.row, charged.account, user, product, version, day, access,
               SUM(charged.micros) AS gross, SUM(COALESCE(refunds.micros, 0)) AS refunded
        FROM exported
        JOIN charged USING (account, charge)
        LEFT JOIN (SELECT account, charge, SUM(micros) AS micros FROM refunded GROUP BY 1, 2) AS refunds
        USING (account, charge)
        GROUP BY 1, 2, 3, 4, 5, 6, 7
    ), expected AS (SELECT *, gross - refunded AS used FROM told)
    SELECT 'only in the export', * FROM (SELECT * FROM export EXCEPT SELECT * FROM expected)
    UNION ALL
    SELECT 'only in the journal', * FROM (SELECT * FROM expected EXCEPT SELECT * FROM export)
"""

# Charges that are in no row, or in several, or rows with charges that do not exist.
DIFFERENT_CHARGES = """
    SELECT 'in ' || COUNT(row) || ' rows', charged.account, charged.charge
    FROM charged LEFT JOIN exported USING (account, charge)
    GROUP BY 2, 3 HAVING COUNT(row) <> 1
    UNION ALL
    SELECT 'not in the journal', account, charge FROM exported
    WHERE (account, charge) NOT IN (SELECT account, charge FROM charged)
"""


def lines(*command):
    out = subprocess.run(command, check=True, capture_output=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def micros(amount):
    """Token amounts are integers or decimal strings; a float would lose some."""
    whole, _, fraction = str(amount).partition(".")
    sign = -1 if whole.startswith("-") else 1
    return int(whole) * 1_000_000 + sign * int(fraction.ljust(6, "0") or "0")


def load_export(db, rows):
    for number, row in enumerate(rows):
        names = [row[name] for name in ("account", "user", "product", "version", "day_used", "access")]
        amounts = [micros(row[name]) for name in ("gross_tokens", "refunded_tokens", "tokens_used")]
        db.execute("INSERT INTO export VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (number, *names, *amounts))
        charges = [(number, row["account"], charge) for charge in row["charge_numbers"]]
        db.executemany("INSERT INTO exported VALUES (?, ?, ?)", charges)


def load_journal(db, entries):
    for row in entries:
        if row["entry"] == "charged":
            names = (row["account"], row["charge"], row["user"], row["product"], row.get("version"))
            day = row.get("starts_at", row["at"])[:10]
            access = "seat" if "subscription" in row else "flex"
            values = (*names, day, access, micros(row["tokens"]))
            db.execute("INSERT INTO charged VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        elif row["entry"] == "refunded":
            values = (row["account"], row["charge"], micros(row["tokens"]))
            db.execute("INSERT INTO refunded VALUES (?, ?, ?)", values)


def main(program, log):
    db = sqlite3.connect(":memory:")
    db.executescript(TABLES)
    load_export(db, lines(program, "report", "usage", "export", "--plan", "premium", "--format", "jsonl", log))
    load_journal(db, lines(program, "journal", log))
    different = db.execute(DIFFERENT_ROWS).fetchall() + db.execute(DIFFERENT_CHARGES).fetchall()
    rows, used = db.execute("SELECT COUNT(*), COALESCE(SUM(used), 0) FROM export").fetchone()
    (charges,) = db.execute("SELECT COUNT(*) FROM charged").fetchone()
    print(f"{rows} rows of {charges} charges, {used / 1_000_000:,.6f} tokens, {len(different)} differences")
    for row in different[:10]:
        print("differs:", *row)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
