"""Measures, checks and writes docs/performance.md; see benches/compare/run."""

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path

import document
from measure import cost_of, least_costs, text_of

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/dist/tallyfold"

DUCKDB = """
import duckdb, sys
duckdb.execute(f"SET threads = {sys.argv[2]}")
print(duckdb.execute('SELECT count("at") FROM read_json(?, format = \\'newline_delimited\\')',
    [sys.argv[1]]).fetchone())
"""
POLARS = """
import polars, sys
print(polars.scan_ndjson(sys.argv[1]).select(polars.col("at").count()).collect())
"""

SHAPES = {
    "one account of 200,000 users": ["--accounts", "1", "--users", "200000"],
    "a million accounts of a few events": ["--accounts", "1000000", "--users", "1"],
    "sessions that live for weeks": ["--long-sessions"],
}


def log_of(folder, events, name="log", options=()):
    """A generated log, made where it is not there yet."""
    path = folder / f"{name.replace(' ', '-').replace(',', '')}-{events}.jsonl"
    if not path.exists():
        part = path.with_suffix(".part")
        with open(part, "wb") as out:
            command = [PROGRAM, "generate", "--events", str(events), "--seed", "1", *options]
            subprocess.run(command, check=True, stdout=out)
        part.rename(path)
    return path


def replay(*arguments):
    return [PROGRAM, "replay", "--format", "json", *map(str, arguments)]


def bench(name):
    """The newest build of a bench program."""
    builds = (ROOT / "target/release/deps").glob(f"{name}-*")
    return max((it for it in builds if os.access(it, os.X_OK)), key=lambda it: it.stat().st_mtime)


def head(log, events, path):
    with open(log, "rb") as lines, open(path, "wb") as out:
        for _ in range(events):
            out.write(lines.readline())
    return path


def main_costs(log, events, folder, rounds):
    """The costs of the issue's table, all side by side."""
    cores = os.cpu_count()
    packed, saved = log.with_suffix(".jsonl.zst"), folder / "saved.snapshot"
    if not packed.exists():
        subprocess.run(["zstd", "-q", "-f", log, "-o", packed], check=True)
    part = head(log, events * 9 // 10, folder / "part.jsonl")
    subprocess.run(replay("--save-snapshot", saved, part), check=True, stdout=subprocess.DEVNULL)
    part.unlink()
    python = [os.sys.executable, "-c"]
    return least_costs(
        {
            "md5sum": ["md5sum", log],
            "one thread": replay("--threads", 1, log),
            "all cores": replay("--threads", cores, log),
            "with journal": replay("--threads", 1, "--journal", folder / "journal.jsonl", log),
            "packed": replay("--threads", 1, packed),
            "resumed": replay("--threads", 1, "--from-snapshot", saved, log),
            "duckdb": [*python, DUCKDB, log, str(cores)],
            "polars": [*python, POLARS, log],
        },
        rounds,
    )


def fold_alone(log, rounds):
    """Nanoseconds per event."""
    return min(int(text_of([bench("fold"), log])) for _ in range(rounds))


def growth(folder, most):
    """CPU nanoseconds per event, and peak memory, for logs of more and more events."""
    rows, events = [], 1_000_000
    while events <= most:
        cost = least_costs({"it": replay("--threads", 1, log_of(folder, events))}, 2)["it"]
        rows.append((events, cost.cpu * 1e9 / events, cost.memory))
        events *= 10 if events < 10_000_000 else 5
    return rows


def shapes(folder, events):
    """The same, for other shapes of log, beside md5sum."""
    rows = []
    for name, options in SHAPES.items():
        log = log_of(folder, events, name, options)
        costs = least_costs({"md5sum": ["md5sum", log], "it": replay("--threads", 1, log)}, 2)
        rows.append((name, costs["it"].cpu * 1e9 / events, costs["it"].memory, costs["md5sum"]))
    return [(name, cpu, memory, cpu / (md5.cpu * 1e9 / events)) for name, cpu, memory, md5 in rows]


def state(log):
    """What is live at the end of a log, by kind."""
    result = json.loads(text_of(replay(log)))
    accounts = result["accounts"]
    return {
        "accounts": len(accounts),
        "live sessions": sum(len(it["live_sessions"]) for it in accounts),
        "charges": sum(it["charges"] for it in accounts),
    }


def instructions():
    out = text_of([bench("instructions"), "--json"])
    return [json.loads(line) for line in out.splitlines()]


def agreement(folder):
    # Only now: a child's peak memory begins with that of this program, which the peers would raise.
    import agreement

    return agreement.check(PROGRAM, 100_000, folder)


def machine():
    cpu = next(
        line.split(":")[1].strip()
        for line in open("/proc/cpuinfo")
        if line.startswith("model name")
    )
    import duckdb
    import polars

    return {
        "processor": f"{cpu}, {os.cpu_count()} cores",
        "rustc": text_of(["rustc", "--version"]).split()[1],
        "tallyfold": text_of(["git", "-C", ROOT, "describe", "--always", "--dirty"]).strip(),
        "DuckDB": duckdb.__version__,
        "Polars": polars.__version__,
        "md5sum": text_of(["md5sum", "--version"]).split("\n")[0],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--growth", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--logs", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "docs/performance.md")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.logs or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        log = log_of(folder, args.events)
        cost_of(["cat", log])
        measured = {
            "events": args.events,
            "bytes": log.stat().st_size,
            "rounds": args.rounds,
            "costs": main_costs(log, args.events, folder, args.rounds),
            "fold": fold_alone(log, args.rounds),
            "growth": growth(folder, args.growth),
            "shapes": shapes(folder, min(args.events, 3_000_000)),
            "state": state(log),
            "instructions": instructions(),
            "agreement": agreement(folder),
            "machine": machine(),
        }
    args.out.write_text(document.performance(measured))
    print(f"wrote {args.out}")


main()
