"""docs/performance.md, from what was measured."""


def number(value):
    return f"{value:,.0f}"


def mebibytes(count):
    return f"{count / 2**20:,.0f} MiB"


def table(columns, rows):
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def bar(name, value, limit, unit="×", at_least=False):
    """A row of the table of bars: a value, what it has to be, and whether it is."""
    holds = value >= limit if at_least else value <= limit
    need = "at least" if at_least else "at most"
    shown = f"{value:,.2f}" if unit == "×" else f"{value:,g}"
    return [name, f"{shown} {unit}", f"{need} {limit:g} {unit}", "yes" if holds else "no"]


def bars(it):
    cost, events = it["costs"], it["events"]
    md5, one = cost["md5sum"], cost["one thread"]
    heartbeat = it["instructions"][0]
    steps = [per_event for _, per_event, _ in it["growth"]]
    return [
        bar("one thread, CPU, to `md5sum`", one.cpu / md5.cpu, 1.25),
        bar("all cores, wall, to `md5sum`", cost["all cores"].wall / md5.wall, 0.75),
        bar("all cores, as fast as DuckDB's count", cost["duckdb"].wall / cost["all cores"].wall,
            2.5, at_least=True),
        bar("with the whole journal, CPU, to plain", cost["with journal"].cpu / one.cpu, 2.2),
        bar("fold alone, as fast as `md5sum`", md5.cpu * 1e9 / events / it["fold"], 2.5,
            at_least=True),
        bar("a heartbeat that renews nothing", heartbeat["instructions"], 400, "instructions"),
        bar("the same", heartbeat["allocations"], 0, "allocations"),
        bar("growth of CPU per event", max(steps) / min(steps), 1.1),
        bar("`.zst`, CPU, to plain", cost["packed"].cpu / one.cpu, 1.5),
        bar("resumed at 90 %, CPU, to whole", cost["resumed"].cpu / one.cpu, 0.15),
    ]


def side_by_side(it):
    names = {
        "md5sum": "`md5sum`",
        "one thread": "`replay --threads 1`",
        "all cores": "`replay`, all cores",
        "with journal": "`replay --threads 1 --journal FILE`",
        "packed": "`replay --threads 1` of `.zst`",
        "resumed": "`replay --threads 1 --from-snapshot`, saved at 90 %",
        "duckdb": "DuckDB, `SELECT count(\"at\") FROM read_json(…)`",
        "polars": "Polars, `scan_ndjson(…).select(col(\"at\").count())`",
    }
    for key, name in names.items():
        cost = it["costs"][key]
        per_event = number(cost.cpu * 1e9 / it["events"])
        yield [name, f"{cost.cpu:.2f} s", per_event, f"{cost.wall:.2f} s", mebibytes(cost.memory)]


def performance(it):
    agreed, state = it["agreement"], it["state"]
    instructions = [
        [row["subject"], number(row["instructions"]), f"{row['allocations']:g}"]
        for row in it["instructions"]
    ]
    growth = [[number(n), number(ns), mebibytes(memory)] for n, ns, memory in it["growth"]]
    shapes = [
        [name, number(cpu), mebibytes(memory), f"{ratio:.2f} ×"]
        for name, cpu, memory, ratio in it["shapes"]
    ]
    machine = [[name, value] for name, value in it["machine"].items()]
    return f"""# Performance

`benches/compare/run` measured all of this and wrote this page. The log is `tallyfold generate`'s:
{number(it["events"])} events of 1,000 accounts of 50 users, {mebibytes(it["bytes"])}, in the page
cache. Each figure is the least of {it["rounds"]} rounds in which all programs ran in turn: whatever
else a machine does only adds. CPU is user and system time.

## What was to be reached

{table(["what", "measured", "bar", "holds"], bars(it))}

Where a bar does not hold, [where the time goes](#where-the-time-goes) says why.

## Side by side

{table(["what", "CPU", "ns of CPU per event", "wall", "peak memory"], side_by_side(it))}

The answers agree: on a log of {number(agreed["events"])} events with constant rates the rule of
24 hours, written as a recursive query in DuckDB, gives the same {number(agreed["charges"])} charges and
{number(agreed["tokens"])} tokens as the journal, in all {number(agreed["sums"])} sums by product and day.

## How cost grows

{table(["events", "ns of CPU per event", "peak memory"], growth)}

At the end of the log of {number(it["events"])} events {number(state["live sessions"])} sessions are
live in {number(state["accounts"])} accounts, and {number(state["charges"])} charges are remembered so
that they can be reversed. Memory follows accounts, users, live sessions and charges, not the length
of the log.

State takes so many bytes, by the layout of the code, and an entry of four or five in a hash table for
each that is looked up by name:

| what | bytes | bar |
| --- | --- | --- |
| a live session | 96: a cache line for what a contact needs, and half of one for the rest | 72 |
| a use, with its window | 64: a cache line | 128 |
| a charge kept for its reversal | 24, and some six for each posting | 32, and 8 for each posting |

Other shapes of log, of 3,000,000 events at most:

{table(["shape", "ns of CPU per event", "peak memory", "CPU to `md5sum`"], shapes)}

## Instructions and allocations

Counted by callgrind, per event or line: no other program on the machine changes them
(`cargo bench -p tallyfold-benches --bench instructions`).

{table(["what", "instructions", "allocations"], instructions)}

{WHERE_THE_TIME_GOES}
## The machine

{table(["what", "which"], machine)}
"""


WHERE_THE_TIME_GOES = """## Where the time goes

The reader takes some 80 to 100 ns per line, the fold the rest. By callgrind, over 1.5 million events,
an event is 1,055 instructions to read and 1,045 to fold: 216 of them hash what it names and look for
it, 132 check it, and the rest applies it. A processor does either in some 100 ns as long as its caches
hold what is asked for. They do not. On this machine a read takes 6 ns as long as all of it lies in
1 MiB, 37 ns in 8 MiB, and 145 ns in 16 MiB or more; other programs share what lies behind the second
level, and the same replay takes up to half as long again beside them. An open asks for some thirty
lines of memory: the session, the user, the use, packs, charges and timers. Opens are 16 % of the
events and 46 % of the fold. A heartbeat takes a sixth of an open.

A log of a million accounts with three events each is far from all bars: an account has tables of its
own, which each have to be allocated. The first item of each list gets room for itself alone, which took
an account from 2.7 to 1.9 KB (500,000 accounts: 1,371 to 970 MB). One table for all accounts would be
the way.

What paid: sessions and uses of one cache line each; one look-up for a use; timers that a heartbeat
does not touch; a fast keyed hash, worked out once for each name; looking through the few ids of an
instant without an index (a third of the fold); and looking up 32 events at once, ahead of their turn,
so that their waiting for memory overlaps (a sixth to a third of the fold). What did not: large pages;
fetching packs and charges ahead as well.

Resuming is bound by the SHA-256 of the part that is passed: it is half of the cost, and alone takes
12 % of a whole replay, on a processor with instructions for it.

"""
