"""How long a fresh process takes to import the errors, and to answer ``--help``."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from time import perf_counter

COMMANDS = {
    "python": ["-c", "pass"],
    "import posecount.errors": ["-c", "import posecount.errors"],
    "posecount --help": ["-m", "posecount", "--help"],
}
"""What is run, by name; the first is what Python itself takes."""


def import_seconds(runs: int = 9) -> dict[str, float]:
    """The median duration of each command over fresh processes, in seconds; one run of each warms up."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for run in range(runs + 1):
        for name, arguments in COMMANDS.items():
            started = perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
            if run:
                taken[name].append(perf_counter() - started)
    return {name: median(seconds) for name, seconds in taken.items()}
