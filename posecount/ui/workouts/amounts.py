"""How amounts are written."""

from __future__ import annotations

from posecount.datasets.dataset import exercise_label
from posecount.history.records import ExerciseTotal, WorkoutSummary


def seconds_in_words(seconds: float) -> str:
    """``42 s``, ``3:05 min`` or ``1:02 h``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"


def amount(total: ExerciseTotal) -> str:
    """Repetitions, or seconds of holds."""
    return seconds_in_words(total.seconds) if total.kind == "hold" else str(total.count)


def in_words(workout: WorkoutSummary) -> str:
    """What was done: ``Squats 24, Planks 42 s``."""
    return ", ".join(f"{exercise_label(name)} {amount(total)}" for name, total in workout.exercises.items())
