"""The sets of the workout so far."""

from __future__ import annotations

from posecount.datasets.dataset import exercise_label
from posecount.history.recorder import SetSoFar, WorkoutRecorder
from posecount.ui.live.rows import show_rows
from posecount.ui.workouts.amounts import seconds_in_words

_SHOWN = 30


def show_sets(recorder: WorkoutRecorder | None) -> None:
    """List the last sets, the newest first; call it in a fragment."""
    sets = recorder.sets if recorder else ()
    if not sets:
        return
    befores = (None, *sets[:-1])
    rows = [_row(each, before) for each, before in zip(sets, befores, strict=True)]
    show_rows(rows[: -_SHOWN - 1 : -1], key="live_sets")


def _row(each: SetSoFar, before: SetSoFar | None) -> dict[str, str | int]:
    done = f"{each.seconds:.0f} s" if each.kind == "hold" else f"{each.count}"
    rest = seconds_in_words(max(each.started - before.ended, 0.0)) if before else ""
    return {
        "Set": each.number,
        "Exercise": exercise_label(each.exercise),
        "Done": f"{done} of {each.target}" if each.target else done,
        "Duration": seconds_in_words(each.ended - each.started),
        "Rest before": rest,
    }
