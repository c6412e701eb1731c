"""Plan: exercises with sets, targets and rests, in order, as a circuit, or by the clock. Immutable."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from posecount.datasets.dataset import exercise_label
from posecount.errors import PosecountError
from posecount.history.records import Kind

MOST_STEPS = 30
MOST_SETS = 20
MOST_REPETITIONS = 1000
MOST_SECONDS = 3600
LONGEST_NAME = 60


class PlanError(PosecountError):
    """A plan cannot be used. The message says what is wrong and what to try."""


@dataclass(frozen=True, slots=True)
class Step:
    """An exercise of a plan.

    Attributes:
        exercise: e.g. ``squats``.
        kind: what is counted.
        sets: how many; in a circuit, how many of its rounds.
        target: repetitions, or seconds to hold, in each set. By the clock, sets have no target.
        rest_s: seconds of rest after each of its sets.
    """

    exercise: str
    kind: Kind = "repetitions"
    sets: int = 3
    target: int = 10
    rest_s: int = 60

    @property
    def words(self) -> str:
        """``Squats 3 × 10``, ``Plank 2 × 30 s``."""
        unit = " s" if self.kind == "hold" else ""
        return f"{exercise_label(self.exercise)} {self.sets} × {self.target}{unit}"


@dataclass(frozen=True, slots=True)
class Due:
    """One set of a plan.

    Attributes:
        exercise, kind: what is to be done.
        target: repetitions or seconds; None by the clock.
        number, of: which set of the exercise, from 1, and of how many.
        rest_s: seconds of rest after it; 0 after the last one of the plan.
        work_s: by the clock, seconds that the set lasts; else None.
    """

    exercise: str
    kind: Kind
    target: int | None
    number: int
    of: int
    rest_s: int
    work_s: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person means to train.

    Attributes:
        name: the person's own words.
        steps: the exercises.
        circuit: whether one set of each follows the other, round by round, instead of all sets of one exercise.
        work_s: by the clock, seconds of work in each set; None where sets end with their target.

    Raises:
        PlanError: if it has no step, or a figure is out of its range.
    """

    name: str
    steps: tuple[Step, ...]
    circuit: bool = False
    work_s: int | None = None

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise PlanError(f"A plan needs a name of at most {LONGEST_NAME} letters. Try: a shorter one.")
        if not 1 <= len(self.steps) <= MOST_STEPS:
            raise PlanError(f"A plan has 1 to {MOST_STEPS} exercises. Try: add one, or make two plans.")
        for step in self.steps:
            longest = MOST_SECONDS if step.kind == "hold" else MOST_REPETITIONS
            for what, value, least, most in (
                ("sets", step.sets, 1, MOST_SETS),
                ("repetitions or seconds", step.target, 1, longest),
                ("seconds of rest", step.rest_s, 0, MOST_SECONDS),
                ("seconds of work", self.work_s or 1, 1, MOST_SECONDS),
            ):
                if not least <= value <= most:
                    label = exercise_label(step.exercise)
                    raise PlanError(f"{label}: {what} must be {least} to {most}, not {value}.")

    def sets(self) -> tuple[Due, ...]:
        """The sets in the order in which they are done."""
        if self.circuit:
            rounds = range(1, max(step.sets for step in self.steps) + 1)
            order = [(step, number) for number in rounds for step in self.steps if number <= step.sets]
        else:
            order = [(step, number) for step in self.steps for number in range(1, step.sets + 1)]
        by_clock = self.work_s is not None
        return tuple(
            Due(
                step.exercise,
                step.kind,
                None if by_clock else step.target,
                number,
                step.sets,
                step.rest_s if place < len(order) else 0,
                self.work_s,
            )
            for place, (step, number) in enumerate(order, start=1)
        )

    @property
    def words(self) -> str:
        """What it holds, in a line."""
        what = ", ".join(step.words for step in self.steps)
        if self.work_s is not None:
            what = ", ".join(f"{exercise_label(step.exercise)} {step.sets} × {self.work_s} s" for step in self.steps)
        return f"Circuit: {what}" if self.circuit else what

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> Plan:
        """Read what `to_json` wrote; PlanError if it is something else."""
        try:
            steps = tuple(_step(each) for each in _list(value["steps"]))
            work = value.get("work_s")
            return cls(
                _text(value["name"], LONGEST_NAME),
                steps,
                bool(value.get("circuit")),
                None if work is None else _whole(work),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise PlanError(f"The plan cannot be read: {error}.") from error


SHIPPED = (
    Plan(
        "Full body",
        (
            Step("squats", target=12),
            Step("pushups", target=8),
            Step("situps", target=12),
            Step("planks", "hold", sets=2, target=30),
        ),
    ),
    Plan(
        "Quick circuit",
        (
            Step("jumping_jacks", sets=3, target=20, rest_s=15),
            Step("squats", sets=3, target=10, rest_s=15),
            Step("pushups", sets=3, target=6, rest_s=15),
            Step("lunges", sets=3, target=8, rest_s=45),
        ),
        circuit=True,
    ),
    Plan(
        "Intervals, 30 s work and 15 s rest",
        (
            Step("jumping_jacks", sets=2, rest_s=15),
            Step("squats", sets=2, rest_s=15),
            Step("situps", sets=2, rest_s=15),
            Step("lunges", sets=2, rest_s=15),
        ),
        circuit=True,
        work_s=30,
    ),
)
"""The plans that come with posecount."""


def _step(value: Mapping[str, Any]) -> Step:
    kind = value.get("kind", "repetitions")
    if kind not in ("repetitions", "hold"):
        raise ValueError(f"{str(kind)[:40]!r} is neither repetitions nor hold")
    exercise = _text(value["exercise"], 200)
    return Step(exercise, kind, *(_whole(value[name]) for name in ("sets", "target", "rest_s")))


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError("steps is no list")
    return value


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > longest or not value.isprintable():
        raise ValueError(f"{str(value)[:40]!r} is no name")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"{str(value)[:40]!r} is no number")
    return int(value)
