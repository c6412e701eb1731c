"""What the workouts come to: days, weeks, streaks, bests, and each exercise over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from posecount.history.records import Kind, WorkoutSummary


@dataclass(frozen=True, slots=True)
class Week:
    """What was done in a week, Monday to Sunday.

    Attributes:
        begins: its Monday, or the day of the week until which both weeks are compared.
        days: trained.
        workouts: how many.
        repetitions: of all exercises.
        seconds: of all holds.
    """

    begins: date
    days: int
    workouts: int
    repetitions: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Day:
    """What was done of one exercise on one day.

    Attributes:
        day: the date, in the person's time zone.
        total: repetitions, or seconds held.
        best: repetitions of the best set, or seconds of the longest hold.
        sets: how many.
        is_best: whether no day before had a better set.
    """

    day: date
    total: float
    best: float
    sets: int
    is_best: bool


@dataclass(frozen=True, slots=True)
class Course:
    """One exercise over time.

    Attributes:
        exercise: e.g. ``squats``.
        kind: what is counted.
        days: on which it was done, in order.
    """

    exercise: str
    kind: Kind
    days: tuple[Day, ...]

    @property
    def best(self) -> Day:
        """The day of the personal best; the first one, if it was reached again."""
        return max(self.days, key=lambda each: (each.best, -each.day.toordinal()))


Span = Literal["day", "week", "month"]
_MOST_BARS = 100


def in_spans(course: Course) -> tuple[Span, tuple[Day, ...]]:
    """A course by days; by weeks or months where it is longer than a chart can show.

    Returns:
        what a span is, and the spans as days, each the first of its span.
    """
    lasted = (course.days[-1].day - course.days[0].day).days
    span: Span = "day" if lasted < _MOST_BARS else "week" if lasted < 7 * _MOST_BARS else "month"
    if span == "day":
        return span, course.days
    by_span: dict[date, list[Day]] = {}
    for each in course.days:
        begins = each.day.replace(day=1) if span == "month" else each.day - timedelta(days=each.day.weekday())
        by_span.setdefault(begins, []).append(each)
    return span, tuple(
        Day(
            begins,
            sum(each.total for each in those),
            max(each.best for each in those),
            sum(each.sets for each in those),
            any(each.is_best for each in those),
        )
        for begins, those in by_span.items()
    )


def week(workouts: Sequence[WorkoutSummary], today: date, back: int = 0, up_to_today: bool = False) -> Week:
    """What was done in the week of a day.

    Args:
        workouts: all of them.
        today: the day.
        back: how many weeks before.
        up_to_today: only as far into the week as the day is, so that it compares fairly with a week in progress.
    """
    begins = today - timedelta(days=today.weekday() + 7 * back)
    ends = begins + timedelta(days=today.weekday() if up_to_today else 6)
    those = [each for each in workouts if begins.isoformat() <= each.day <= ends.isoformat()]
    totals = [total for each in those for total in each.exercises.values()]
    return Week(
        begins,
        len({each.day for each in those}),
        len(those),
        sum(total.count for total in totals),
        sum(total.seconds for total in totals),
    )


def streak(workouts: Sequence[WorkoutSummary], today: date) -> int:
    """Days in a row with a workout, up to today; today itself need not have one yet."""
    days = {each.day for each in workouts}
    day = today if today.isoformat() in days else today - timedelta(days=1)
    length = 0
    while day.isoformat() in days:
        length += 1
        day -= timedelta(days=1)
    return length


def longest_streak(workouts: Sequence[WorkoutSummary]) -> int:
    """The most days in a row with a workout, ever."""
    longest = length = 0
    before: date | None = None
    for day in sorted({date.fromisoformat(each.day) for each in workouts}):
        length = length + 1 if before and day - before == timedelta(days=1) else 1
        longest, before = max(longest, length), day
    return longest


def calendar(workouts: Sequence[WorkoutSummary]) -> dict[date, tuple[int, float]]:
    """Day → repetitions and seconds held."""
    days: dict[date, tuple[int, float]] = {}
    for each in workouts:
        count, seconds = days.get(date.fromisoformat(each.day), (0, 0.0))
        totals = each.exercises.values()
        days[date.fromisoformat(each.day)] = (
            count + sum(total.count for total in totals),
            seconds + sum(total.seconds for total in totals),
        )
    return days


def courses(workouts: Sequence[WorkoutSummary]) -> list[Course]:
    """Each exercise over time, the one done on most days first."""
    found: dict[tuple[str, Kind], dict[str, list[tuple[float, float, int]]]] = {}
    for each in workouts:
        for exercise, total in each.exercises.items():
            amount = total.seconds if total.kind == "hold" else float(total.count)
            found.setdefault((exercise, total.kind), {}).setdefault(each.day, []).append(
                (amount, total.best, total.sets)
            )
    result = []
    for (exercise, kind), by_day in found.items():
        days, record = [], 0.0
        for day, those in sorted(by_day.items()):
            best = max(best for _, best, _ in those)
            days.append(
                Day(
                    date.fromisoformat(day),
                    sum(amount for amount, _, _ in those),
                    best,
                    sum(number for _, _, number in those),
                    best > record,
                )
            )
            record = max(record, best)
        result.append(Course(exercise, kind, tuple(days)))
    return sorted(result, key=lambda course: (-len(course.days), course.exercise))
