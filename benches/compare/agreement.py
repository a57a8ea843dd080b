"""The rule of 24 hours as a query, and what it gives beside the journal of the fold.

The log has only rates, packs that never run out, and sessions: what the query leaves out (cover,
access, corrections, grace) then decides nothing.
"""

import json
import subprocess

import duckdb

# What each contact is, and whether its session is still live: a session lapses when there is no
# contact for more than 24 hours (C2).
CONTACTS = """
    CREATE TABLE contacts AS
    WITH opened AS (
        SELECT account, session, "user", product FROM log WHERE type = 'SessionOpened'
    ), gaps AS (
        SELECT l.line, l.instant, l.type, o.account, o.user, o.product, l.session,
            l.instant - lag(l.instant) OVER w > INTERVAL 24 HOUR AS is_gap
        FROM log l JOIN opened o USING (account, session)
        WINDOW w AS (PARTITION BY account, session ORDER BY l.line)
    ), live AS (
        SELECT *, coalesce(bool_or(is_gap) OVER (
            PARTITION BY account, session ORDER BY line), false) AS has_lapsed
        FROM gaps
    )
    SELECT line, instant, type, account, "user", product FROM live WHERE NOT has_lapsed
"""

# A charge pays for 24 hours. The next one is made at the first contact after: an open starts a
# window of its own; a heartbeat, or a close that comes later than the end, proves a window on the
# grid of the last (W1, W2, W3).
CHARGES = """
    WITH RECURSIVE charges AS (
        SELECT account, "user", product, min(instant) AS starts, arg_min(line, line) AS line
        FROM contacts WHERE type = 'SessionOpened' GROUP BY ALL
        UNION ALL
        SELECT account, "user", product, starts, line FROM (
            SELECT n.account, n.user, n.product, n.line,
                CASE n.type
                    WHEN 'SessionOpened' THEN n.instant
                    ELSE c.starts + to_days(CAST(floor(date_diff('microsecond', c.starts,
                        n.instant - CASE n.type WHEN 'SessionClosed' THEN INTERVAL 1 MICROSECOND
                            ELSE INTERVAL 0 MICROSECOND END) / 86400000000) AS INTEGER))
                END AS starts,
                row_number() OVER (PARTITION BY n.account, n.user, n.product ORDER BY n.line) AS nth
            FROM charges c JOIN contacts n
                ON n.account = c.account AND n.user = c.user AND n.product = c.product
                AND n.line > c.line
                AND (n.instant > c.starts + INTERVAL 24 HOUR
                    OR n.instant = c.starts + INTERVAL 24 HOUR AND n.type <> 'SessionClosed')
        ) WHERE nth = 1
    )
    SELECT product, CAST(starts AS DATE) AS day, count(*) AS charges, sum(tokens) AS tokens
    FROM charges JOIN rates USING (product) GROUP BY ALL ORDER BY ALL
"""

JOURNAL = """
    SELECT product, CAST(starts_at AS DATE) AS day, count(*) AS charges,
        sum(CAST(tokens AS DECIMAL(38, 6))) AS tokens
    FROM read_json(?, columns = {entry: 'VARCHAR', product: 'VARCHAR', starts_at: 'TIMESTAMP',
        tokens: 'VARCHAR'})
    WHERE entry = 'charged' GROUP BY ALL ORDER BY ALL
"""


def plain_log(program, events, folder):
    """A generated log without all that the query does not know."""
    path, kept, rates, accounts = folder / "plain.jsonl", [], {}, {}
    command = [program, "generate", "--events", str(events), "--accounts", "50", "--seed", "7"]
    generated = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in generated.splitlines():
        event = json.loads(line)
        if event["type"] == "RatePublished":
            rates.setdefault(event["product"], event)
        elif event["type"] in ("SessionOpened", "Heartbeat", "SessionClosed"):
            accounts.setdefault(event["account"], event["at"])
            kept.append(event)
    start = "2020-01-01T00:00:00Z"
    for rate in rates.values():
        rate.update(at=start, per="day", tokens=7)
    first = min(accounts.values())
    packs = [
        {"type": "PackPurchased", "at": first, "account": account, "pack": "P", "tokens": 10**9}
        for account in accounts
    ]
    with open(path, "w") as log:
        for event in [*rates.values(), *packs, *kept]:
            log.write(json.dumps(event) + "\n")
    return path


def check(program, events, folder):
    """How many sums by product and day agree; exits where one does not."""
    log, journal = plain_log(program, events, folder), folder / "plain.journal"
    with open(journal, "w") as out:
        subprocess.run([program, "journal", log], check=True, stdout=out)
    db = duckdb.connect()
    db.execute(
        """
        CREATE TABLE log AS SELECT row_number() OVER () AS line, * RENAME ("at" AS instant)
        FROM read_json(?, columns = {type: 'VARCHAR', "at": 'TIMESTAMP', account: 'VARCHAR',
            session: 'VARCHAR', "user": 'VARCHAR', product: 'VARCHAR', tokens: 'BIGINT'})
        """,
        [str(log)],
    )
    db.execute("CREATE TABLE rates AS SELECT product, tokens FROM log WHERE type = 'RatePublished'")
    db.execute(CONTACTS)
    by_query = db.execute(CHARGES).fetchall()
    by_fold = db.execute(JOURNAL, [str(journal)]).fetchall()
    if by_query != by_fold or not by_fold:
        different = sorted(set(by_query) ^ set(by_fold))
        raise SystemExit(f"fold and query differ: {different[:5]} and {len(different)} in all")
    return {
        "events": sum(1 for _ in open(log)),
        "sums": len(by_fold),
        "charges": sum(row[2] for row in by_fold),
        "tokens": int(sum(row[3] for row in by_fold)),
    }
