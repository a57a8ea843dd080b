"""Runs commands and says what they cost: CPU time and peak memory of the child, and wall time."""

import os
import subprocess
import time
from dataclasses import dataclass


@dataclass
class Cost:
    """Seconds, and bytes of peak memory."""

    cpu: float
    wall: float
    memory: int


def cost_of(command, stdin=None):
    """The cost of one run, whose output is thrown away."""
    start = time.monotonic()
    with open(stdin or os.devnull, "rb") as input_:
        child = subprocess.Popen(command, stdin=input_, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{command[0]} failed: {command}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024)


def least_costs(commands, rounds):
    """The least cost of each named command, all of them run in turn in every round.

    Whatever else the machine does only ever adds; so the least is what comes nearest.
    """
    least = {}
    for _ in range(rounds):
        for name, command in commands.items():
            cost = cost_of(command)
            best = least.setdefault(name, cost)
            best.cpu = min(best.cpu, cost.cpu)
            best.wall = min(best.wall, cost.wall)
            best.memory = min(best.memory, cost.memory)
    return least


def text_of(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
