"""The command ``history``: the workouts of this computer's user, out and in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from posecount.cli.outputs import ForceOption, check_outputs
from posecount.cli.terminal import JsonOption, out, printable
from posecount.files import replacing_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posecount.history.records import ExerciseTotal
    from posecount.video.recording import Recording

_IMPORT_AT_MOST = 50_000_000


def history(
    as_json: JsonOption = False,
    csv: Annotated[Path | None, typer.Option(help="Write one row per set here (CSV).")] = None,
    taken: Annotated[
        Path | None, typer.Option("--import", help="Add the workouts of a JSON export; those you have stay.")
    ] = None,
    force: ForceOption = False,
) -> None:
    """List your workouts, export them, or import them."""
    from posecount.datasets.workspace import Workspace
    from posecount.history.exchange import to_csv, to_json
    from posecount.history.history import History

    if csv:
        check_outputs([csv], "--csv", sources=[taken] if taken else [], force=force)
    kept = History.of(Workspace())
    if taken:
        number = kept.import_json(_content(taken))
        if not as_json:
            out.print(f"{number} new {'workout' if number == 1 else 'workouts'} imported.")
    if csv:
        with replacing_output(csv) as temporary:
            temporary.write_text(to_csv(kept.workouts()), encoding="utf-8")
    if as_json:
        typer.echo(to_json(kept.workouts()))
    elif not taken and not csv:
        _print(kept)


def save_recordings(recordings: Sequence[Recording], dataset: Path) -> str:
    """Save what was counted in files to the history; return what was saved, in words."""
    from time import time

    from tzlocal import get_localzone_name

    from posecount.datasets.workspace import Workspace
    from posecount.history.from_recording import workout_of
    from posecount.history.history import History

    kept = History.of(Workspace())
    zone = get_localzone_name() or "UTC"
    new = old = 0
    for recording in recordings:
        changed = recording.source.stat().st_mtime if recording.source and recording.source.exists() else time()
        workout = workout_of(recording, changed, zone, dataset.name)
        if workout and kept.save_once(workout):
            new += 1
        elif workout:
            old += 1
    words = f"{new} {'workout' if new == 1 else 'workouts'} saved to your history"
    return f"{words}; {old} saved before." if old else f"{words}."


def _content(path: Path) -> bytes:
    from posecount.history.database import HistoryError

    if not path.is_file():
        raise HistoryError(f"{path} is no file. Try: name a JSON file that posecount exported.")
    if path.stat().st_size > _IMPORT_AT_MOST:
        raise HistoryError(f"{path} is larger than {_IMPORT_AT_MOST // 1_000_000} MB. Try: export fewer workouts.")
    return path.read_bytes()


def _print(kept: object) -> None:
    from posecount.datasets.dataset import exercise_label
    from posecount.history.history import History

    assert isinstance(kept, History)
    done = kept.summaries()
    if not done:
        out.print("No workouts yet. Train on the Live page, or save a video's counts: posecount count VIDEO --save")
        return
    table = Table("Day", "Workout", "Minutes", "What", box=None)
    for each in done:
        what = ", ".join(f"{exercise_label(name)}: {_amount(total)}" for name, total in each.exercises.items())
        table.add_row(each.day, printable(each.name), f"{(each.ended - each.started) / 60:.0f}", what)
    out.print(table)


def _amount(total: ExerciseTotal) -> str:
    amount = f"{total.seconds:.0f} s" if total.kind == "hold" else str(total.count)
    return f"{amount} in {total.sets} sets" if total.sets > 1 else amount
