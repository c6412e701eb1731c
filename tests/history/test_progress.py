"""Weeks, streaks, bests and courses follow from the days that were trained."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from posecount.history.progress import calendar, courses, in_spans, longest_streak, streak, week
from posecount.history.records import ExerciseTotal, WorkoutSummary

TODAY = date(2026, 11, 27)  # a Friday


def done(day: str, squats: int = 10, best: int = 10, plank: float = 0) -> WorkoutSummary:
    exercises: Mapping[str, ExerciseTotal] = {"squats": ExerciseTotal("repetitions", 1, squats, best, 0.0)}
    if plank:
        exercises = {**exercises, "planks": ExerciseTotal("hold", 1, 0, plank, plank)}
    return WorkoutSummary(day, 0, 0, day, "", "", "live", exercises)


def test_this_week_compares_with_as_much_of_the_last_one() -> None:
    workouts = [done(day) for day in ("2026-11-16", "2026-11-21", "2026-11-23", "2026-11-27")]
    this, last = week(workouts, TODAY), week(workouts, TODAY, back=1, up_to_today=True)
    assert (this.days, this.repetitions) == (2, 20)
    assert (last.begins, last.days) == (date(2026, 11, 16), 1)  # the Saturday is not reached yet


def test_a_streak_goes_on_until_the_day_after_a_day_is_missed() -> None:
    days = ["2026-11-20", "2026-11-24", "2026-11-25", "2026-11-26"]
    assert streak([done(day) for day in days], TODAY) == 3
    assert streak([done(day) for day in [*days, "2026-11-27"]], TODAY) == 4
    assert streak([done(day) for day in days[:2]], TODAY) == 0
    assert longest_streak([done(day) for day in days]) == 3
    assert longest_streak([]) == 0


def test_a_course_marks_each_day_that_beat_all_before() -> None:
    squats, planks = courses(
        [done("2026-11-01", 10, 10), done("2026-11-02", 30, 12, 20), done("2026-11-02", 5, 5), done("2026-11-03", 9, 9)]
    )
    assert [(day.total, day.best, day.is_best) for day in squats.days] == [
        (10, 10, True), (35, 12, True), (9, 9, False),
    ]  # fmt: skip
    assert (squats.best.day, planks.kind, planks.days[0].total) == (date(2026, 11, 2), "hold", 20)


@pytest.mark.parametrize(("length", "span"), [(60, "day"), (400, "week"), (3000, "month")])
def test_a_long_course_is_added_up_until_a_chart_can_show_it(length: int, span: str) -> None:
    days = [TODAY - timedelta(days=offset) for offset in range(0, length, 3)]
    (course,) = courses([done(day.isoformat(), best=day.day) for day in days])
    found, spans = in_spans(course)
    assert found == span and len(spans) <= 101
    assert sum(each.total for each in spans) == 10 * len(days) == 10 * sum(each.sets for each in spans)
    assert max(each.best for each in spans) == course.best.best
    assert any(each.is_best for each in spans)


def test_the_calendar_adds_up_a_days_workouts() -> None:
    assert calendar([done("2026-11-01"), done("2026-11-01", plank=30)]) == {date(2026, 11, 1): (20, 30)}
