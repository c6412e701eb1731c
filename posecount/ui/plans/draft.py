"""Draft: a plan while it is being edited, which may not be one yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from posecount.history.records import Kind
from posecount.training.plan import MOST_STEPS, Plan, Step

_WORK_S = 30


@dataclass
class Row:
    """An exercise of the draft; the number tells its widgets from those of the others, however rows are moved."""

    number: int
    step: Step


@dataclass
class Draft:
    """What the editor of the Plans page holds.

    Attributes:
        original: the name of the plan that it changes; None for a new one.
        name, circuit, work_s: as those of `Plan`.
        rows: the exercises.
    """

    original: str | None = None
    name: str = ""
    circuit: bool = False
    work_s: int | None = None
    rows: list[Row] = field(default_factory=list)
    _numbers: int = 0

    @classmethod
    def of(cls, plan: Plan) -> Draft:
        """A draft that changes a plan."""
        draft = cls(plan.name, plan.name, plan.circuit, plan.work_s)
        for step in plan.steps:
            draft.add(step)
        return draft

    @classmethod
    def new(cls, name: str, kinds: Sequence[tuple[str, Kind]]) -> Draft:
        """A draft of a new plan, with the first of the exercises."""
        draft = cls(name=name)
        for exercise, kind in kinds[:1]:
            draft.add(first_step(exercise, kind))
        return draft

    @property
    def is_full(self) -> bool:
        """Whether no exercise can be added."""
        return len(self.rows) >= MOST_STEPS

    def add(self, step: Step) -> None:
        """Add an exercise at the end."""
        self._numbers += 1
        self.rows.append(Row(self._numbers, step))

    def move(self, number: int, by: int) -> None:
        """Move an exercise up or down."""
        place = next(i for i, row in enumerate(self.rows) if row.number == number)
        self.rows.insert(max(place + by, 0), self.rows.pop(place))

    def remove(self, number: int) -> None:
        """Take an exercise out."""
        self.rows = [row for row in self.rows if row.number != number]

    def clock(self, on: bool) -> None:
        """Let sets last for a time instead of until their target, or no longer."""
        self.work_s = (self.work_s or _WORK_S) if on else None

    def plan(self) -> Plan:
        """The plan.

        Raises:
            PlanError: if it is none yet; fit to show.
        """
        return Plan(self.name.strip(), tuple(row.step for row in self.rows), self.circuit, self.work_s)


def first_step(exercise: str, kind: Kind) -> Step:
    """An exercise as it begins in a plan."""
    return Step(exercise, kind, target=30 if kind == "hold" else 10)


def changed_to(step: Step, exercise: str, kind: Kind) -> Step:
    """A step of another exercise; what it asks for stays where it is still counted the same way."""
    target = step.target if kind == step.kind else first_step(exercise, kind).target
    return replace(step, exercise=exercise, kind=kind, target=target)
