"""A set ends by a pause that fits the person's pace, or by another exercise."""

from __future__ import annotations

from posecount.history.sets import LEAST_PAUSE_S, SetSplitter


def numbers(repetitions: list[tuple[str, float, float]]) -> list[int]:
    splitter = SetSplitter()
    return [splitter.take(*each) for each in repetitions]


def test_a_pause_or_another_exercise_begins_a_set() -> None:
    pace = [("squats", 2.0 * i, 2.0 * i + 2) for i in range(5)]
    assert numbers([*pace, ("squats", 10 + LEAST_PAUSE_S + 1, 21), ("lunges", 21, 23), ("squats", 23, 25)]) == [
        1, 1, 1, 1, 1, 2, 3, 4,
    ]  # fmt: skip


def test_who_goes_slowly_rests_between_repetitions_without_ending_the_set() -> None:
    slow = [("pullups", 7.0 * i, 7.0 * i + 3) for i in range(4)]
    assert numbers([*slow, ("pullups", 24 + 12, 39)]) == [1] * 5


def test_a_set_is_over_only_after_the_pause() -> None:
    splitter = SetSplitter()
    assert splitter.is_over(0)
    splitter.take("squats", 0, 2)
    assert not splitter.is_over(2 + LEAST_PAUSE_S)
    assert splitter.is_over(2.1 + LEAST_PAUSE_S)
