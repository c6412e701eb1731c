"""Workouts for tests."""

from __future__ import annotations

from posecount.history.records import RecordedRepetition, RecordedSet, Workout

NOON = 1_795_780_800.0
"""27 November 2026, 12:00 UTC."""


def repetitions(number: int, begin: float, key: str = "r") -> tuple[RecordedRepetition, ...]:
    """Repetitions of two seconds."""
    return tuple(RecordedRepetition(f"{key}{i}", begin + 2 * i + 2, 2.0, 0.9, 0.95) for i in range(number))


def workout(key: str = "w1", begin: float = NOON, squats: int = 8, plank: float = 0.0, zone: str = "UTC") -> Workout:
    """A set of squats, and a plank if it lasts."""
    sets = [RecordedSet(1, "squats", "repetitions", begin, begin + 2 * squats, None, 0.0, repetitions(squats, begin))]
    if plank:
        start = sets[0].ended + 30
        sets.append(RecordedSet(2, "planks", "hold", start, start + plank, 60, plank))
    return Workout(key, begin, sets[-1].ended, zone, "starter", "v1", "robust", sets=tuple(sets))
