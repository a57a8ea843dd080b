"""How long the commands of the program take for one log, side by side with a plain replay of it.

    cargo build --profile dist
    python3 benches/commands.py target/dist/tallyfold LOG [ROUNDS]

Prints the median of the rounds, in which all commands run in turn, and the ratio to that of `replay`. The
log is best one that `tallyfold generate --events 2000000 --accounts 1000` made. What commands write lands
in a folder that is removed.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time


def middle_event(log):
    """An event half way through the log that is of an account."""
    with open(log, "rb") as lines:
        count = sum(1 for _ in lines)
        lines.seek(0)
        for number, line in enumerate(lines):
            if number >= count // 2 and b'"account"' in line:
                return json.loads(line)
    sys.exit(f"{log}: no event of an account")


def commands(program, log, folder):
    middle = middle_event(log)
    journal = ["sh", "-c", '"$0" journal "$1" > "$2"', program, log, f"{folder}/journal"]
    return {
        "replay": [program, "replay", log],
        "report token by-product": [program, "report", "token", "by-product", log],
        "report all, as CSV": [
            *[program, "report", "all", "--plan", "premium", "--force"],
            *["-o", f"{folder}/reports", log],
        ],
        "journal > FILE": journal,
        "check": [program, "check", log],
        "replay --as-of, half way": [program, "replay", "--as-of", middle["at"], log],
        "laws": [program, "laws", log],
        "journal --account": [program, "journal", "--account", middle["account"], log],
    }


def seconds(command):
    started = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - started


def main():
    program, log, *rounds = sys.argv[1:]
    rounds = int(rounds[0]) if rounds else 5
    with tempfile.TemporaryDirectory() as folder:
        rows = commands(program, log, folder)
        times = {name: [] for name in rows}
        for _ in range(rounds):
            for name, command in rows.items():
                times[name].append(seconds(command))
    plain = statistics.median(times["replay"])
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{name:26} {median:6.2f} s  {median / plain:5.2f} x")


if __name__ == "__main__":
    main()
