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
    from posecount.datasets.dataset import exercise_label

    table = Table("Repetition", "Exercise", "Start", "End", box=None)
    for number, repetition in enumerate(recording.repetitions, 1):
        table.add_row(
            str(number), exercise_label(repetition.exercise), f"{repetition.start:.1f} s", f"{repetition.end:.1f} s"
        )
    if recording.repetitions:
        out.print(table)
    for name, number in recording.counts.items():
        out.print(f"{exercise_label(name)}: {number}")


def print_many(recordings: Sequence[Recording], totals: Mapping[str, int]) -> None:
    """Print one table: a row per source, a column per exercise that was counted."""
    from posecount.datasets.dataset import exercise_label

    seen = [name for name, number in totals.items() if number]
    table = Table("Source", "Length", *map(exercise_label, seen), "", box=None)
    table.columns[0].overflow = "fold"
    for each in recordings:
        numbers = (str(each.counts[name] or "") for name in seen)
        partial = "in part" if each.broke_off else ""
        table.add_row(str(each.source), f"{each.duration:.1f} s", *numbers, partial)
    table.add_row(
        "All", f"{sum(each.duration for each in recordings):.1f} s", *(str(totals[name]) for name in seen), ""
    )
    out.print(table)
