"""How the command ``count`` prints what it counted, and the table that it writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from posecount.cli.terminal import out, warn
from posecount.files import replacing_output

if TYPE_CHECKING:
    from posecount.video.recording import Recording


def warn_of_part(recording: Recording) -> None:
    if recording.broke_off:
        warn(f"{recording.source} was counted only in part: {recording.broke_off}.")


def write_repetitions(path: Path | None, recordings: Sequence[Recording]) -> list[str]:
    """Write the table of the repetitions; return why that failed, if it did."""
    from posecount.video.recording import repetitions_csv

    if path:
        try:
            with replacing_output(path) as temporary:
                temporary.write_text(repetitions_csv(recordings), encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            return [f"{path} cannot be written: {error.strerror}. Try: free disk space, or name another place."]
    return []


def print_one(recording: Recording) -> None:
    """Print a table of the repetitions and holds, then what each exercise has in all that was done."""
    from posecount.counting.holds import minutes
    from posecount.datasets.dataset import exercise_label

    title = "Repetition" if not recording.holds else "Repetition or hold"
    table = Table(title, "Exercise", "Start", "End", box=None)
    for number, each in enumerate(recording.in_order, 1):
        table.add_row(str(number), exercise_label(each.exercise), f"{each.start:.1f} s", f"{each.end:.1f} s")
    if recording.in_order:
        out.print(table)
    done = {name: str(number) for name, number in recording.counts.items() if number}
    done |= {name: minutes(held) for name, held in recording.seconds.items() if held}
    for name, amount in done.items():
        out.print(f"{exercise_label(name)}: {amount}")
    if not done:
        out.print("Nothing was counted.")
    for second, words in recording.too_shallow:
        out.print(f"From {second:.1f} s: {words}", soft_wrap=True)


def print_many(recordings: Sequence[Recording], totals: Mapping[str, int], seconds: Mapping[str, float]) -> None:
    """Print one table: a row per source, a column per exercise that was counted or held."""
    from posecount.counting.holds import minutes
    from posecount.datasets.dataset import exercise_label

    seen = [name for name, number in totals.items() if number]
    held = [name for name, total in seconds.items() if total]
    table = Table("Source", "Length", *map(exercise_label, (*seen, *held)), "", box=None)
    table.columns[0].overflow = "fold"
    for each in recordings:
        numbers = [str(each.counts[name] or "") for name in seen]
        numbers += [minutes(each.seconds[name]) if each.seconds[name] else "" for name in held]
        partial = "in part" if each.broke_off else ""
        table.add_row(str(each.source), f"{each.duration:.1f} s", *numbers, partial)
    sums = [*(str(totals[name]) for name in seen), *(minutes(seconds[name]) for name in held)]
    table.add_row("All", f"{sum(each.duration for each in recordings):.1f} s", *sums, "")
    out.print(table)
