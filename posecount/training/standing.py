"""Where a person stands in a plan, and what they have done of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from posecount.counting.holds import minutes
from posecount.datasets.dataset import exercise_label
from posecount.training.plan import Due

State = Literal["ready", "working", "resting", "paused", "done"]


@dataclass(frozen=True, slots=True)
class SetDone:
    """What was done in a set that is over.

    Attributes:
        exercise: which.
        held: whether it is a pose that is held.
        amount: repetitions, or whole seconds.
    """

    exercise: str
    held: bool
    amount: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands in a plan. It never changes.

    Attributes:
        state: what is going on.
        due: the set in progress; while resting, the next one; None once the plan is done.
        count: repetitions of this set so far.
        seconds: seconds held in this set so far.
        remaining_s: seconds left of getting ready, of a rest, or of a set by the clock; None where nothing runs down.
        other: the exercise that was done a moment ago though another is due.
        sets_done, sets: how far the plan is.
        spoken: what is to be said now, in words; each standing says only what is new.
        done: the sets in which something was done, in order; those that are over.
        lasted_s: seconds from the first set's beginning to the end, once the plan is done.
    """

    state: State
    due: Due | None
    count: int = 0
    seconds: float = 0.0
    remaining_s: float | None = None
    other: str | None = None
    sets_done: int = 0
    sets: int = 0
    spoken: tuple[str, ...] = ()
    done: tuple[SetDone, ...] = ()
    lasted_s: float | None = None

    @property
    def summary(self) -> tuple[str, ...]:
        """What was done, in lines: ``Squats 5 + 5``, ``Plank 0:10``, and how long the plan took."""
        amounts: dict[str, list[str]] = {}
        for each in self.done:
            amounts.setdefault(each.exercise, []).append(minutes(each.amount) if each.held else str(each.amount))
        lines = tuple(f"{exercise_label(exercise)} {' + '.join(each)}" for exercise, each in amounts.items())
        return lines if self.lasted_s is None else (*lines, f"in {minutes(self.lasted_s)}")
