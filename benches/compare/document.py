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
of the log; some 40 MiB of it hold the lines that are being sorted.

State takes so many bytes, by the layout of the code, and an entry of four or five in a hash table for
each that is looked up by name:

| what | bytes | bar |
| --- | --- | --- |
| a live session | 96: a cache line for what a contact needs, and half of one for the rest | 72 |
| a use, with its window | 64: a cache line | 128 |
| a charge kept for its reversal | some six, with a posting | 32, and 8 for each posting |

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

By callgrind, over three million events, an event is 820 instructions to read, 550 to sort and 1,470 to
fold: 270 of these hash what it names and look for it, 130 check it, and the rest applies it. As long
as the caches hold what is asked for, all of that but the sorting takes 150 ns, no longer than `md5sum`:
so it is with 10 accounts in place of 1,000. Of 1,000 accounts they do not hold it. An open asks for
some thirty lines of memory: the session, the user, the use, packs, charges and timers; and lines as
they come are of all accounts in turn. Folded so, ten million events take 3.6 s when the machine is
quiet and up to 4.3 s when other programs share its caches. Sorted by groups of accounts first they
take 2.9 s, of which sorting is 0.5 s; and on two threads, which then hand no parsed events to each
other, 1.8 s in place of 2.7 to 2.9 s. Half of what is left above 150 ns is the sorting, the other half
memory that is met for the first time in a batch: a batch of 117 MB in place of 32 would save another
60 ns per event, and hold more than is allowed.

So the bars are not held. On one thread the bar leaves 195 ns for an event; reading, sorting and folding
take some 200 before any waiting. For the fold alone it leaves 62 ns, and its instructions take some 80
from the nearest cache. DuckDB's count takes 0.8 s here; it took 5.2 s on the machine on which its bar was
set. A small log costs more per event because more of its events are the first of their user; 50 million
events cost 286 ns each where 10 million cost 285, side by side. A heartbeat hashes two names, which is
180 of its instructions, and compares both.

A log of a million accounts with three events each is far from all bars. An account is some 1.4 KB, in
a dozen pieces; a quarter of the time is the kernel clearing fresh pages for them, 7 % is putting their
names in order, and reading is dear as well, because purchases have no short cut. Lists of up to four
items have no table, and the first item of each list has room for itself alone, which took 500,000
accounts from 1,371 to 720 MB. One table for all accounts would be the way.

What paid: sorting; reading fields in the order in which we write them; sessions and uses of one cache
line each; one look-up for a use; timers that a heartbeat does not touch; a fast keyed hash, worked out
once for each name; looking through the few ids of an instant without an index; and looking up 32
events at once, ahead of their turn, so that their waiting for memory overlaps. What did not: large
pages; fetching packs, charges, names and windows ahead as well; more than 64 groups; parsing more or
fewer than 64 lines at a time.

Resuming is bound by the SHA-256 of the part that is passed: it alone takes 15 % of a whole replay, on a
processor with instructions for it; and the tenth of the log that is new takes a tenth.
"""
