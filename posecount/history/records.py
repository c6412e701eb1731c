"""What the history holds: workouts, their sets, repetitions and corrections. All of it is immutable.

Moments are seconds since 1970, UTC, as floats: every database keeps them exactly.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

Kind = Literal["repetitions", "hold"]
Source = Literal["live", "video", "import"]
RepetitionStatus = Literal["counted", "removed", "added"]
CorrectionKind = Literal["removed", "added"]


@dataclass(frozen=True, slots=True)
class RecordedRepetition:
    """One repetition of a set.

    Attributes:
        key: tells it from all others of its workout, so that writing it twice changes nothing.
        ended: when it ended.
        duration_s: seconds from start to end; None for one that a person added.
        to_turn_s: seconds from start to turn.
        range_of_motion: as `posecount.Repetition` measures it.
        joint, degrees: how far which joint moved, see `posecount.counting.joints`; empty and None where unknown.
        status: ``counted``; ``removed`` if the person said that it was none; ``added`` if they said it was missed.
    """

    key: str
    ended: float
    duration_s: float | None = None
    to_turn_s: float | None = None
    range_of_motion: float | None = None
    status: RepetitionStatus = "counted"
    joint: str = ""
    degrees: float | None = None


@dataclass(frozen=True, slots=True)
class RecordedSet:
    """A set: repetitions of one exercise without a long pause, or one hold.

    Attributes:
        number: 1, 2, … within its workout.
        exercise: e.g. ``squats``.
        kind: what is counted.
        started, ended: from the start of the first repetition to the end of the last one.
        target: repetitions or seconds that a plan asked for; None in free training.
        seconds: how long a hold lasted; 0 for repetitions.
        repetitions: oldest first.
    """

    number: int
    exercise: str
    kind: Kind
    started: float
    ended: float
    target: int | None = None
    seconds: float = 0.0
    repetitions: tuple[RecordedRepetition, ...] = ()

    @property
    def count(self) -> int:
        """Repetitions after corrections."""
        return sum(each.status != "removed" for each in self.repetitions)

    @property
    def counted(self) -> int:
        """Repetitions that posecount counted by itself."""
        return sum(each.status != "added" for each in self.repetitions)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said about a count.

    Attributes:
        kind: whether a repetition was removed or added.
        made: when.
        set_number: the set's number.
        repetition: the repetition's key.
    """

    kind: CorrectionKind
    made: float
    set_number: int
    repetition: str


@dataclass(frozen=True, slots=True)
class Workout:
    """A workout with all its sets.

    Attributes:
        key: tells it from all others of its person.
        started, ended: from the start of its first set to the end of its last one.
        time_zone: where the person was, as an IANA name.
        dataset, dataset_version, profile: what counted.
        source: where the frames came from.
        name, note: the person's own words.
        sets: in order.
        corrections: oldest first.
    """

    key: str
    started: float
    ended: float
    time_zone: str
    dataset: str = ""
    dataset_version: str = ""
    profile: str = ""
    source: Source = "live"
    name: str = ""
    note: str = ""
    sets: tuple[RecordedSet, ...] = ()
    corrections: tuple[Correction, ...] = ()

    @property
    def day(self) -> str:
        """The day on which it began, in the person's time zone, as an ISO date."""
        return day_of(self.started, self.time_zone)


@dataclass(frozen=True, slots=True)
class ExerciseTotal:
    """What a workout holds of one exercise.

    Attributes:
        kind: what is counted.
        sets: how many.
        count: repetitions of all sets.
        best: repetitions of the best set, or seconds of the longest hold.
        seconds: of all holds.
    """

    kind: Kind
    sets: int
    count: int
    best: float
    seconds: float


@dataclass(frozen=True, slots=True)
class WorkoutSummary:
    """A workout without its repetitions, for lists and charts.

    Attributes:
        key, started, ended, day, name, note, source: as those of `Workout`.
        exercises: exercise → its total.
    """

    key: str
    started: float
    ended: float
    day: str
    name: str
    note: str
    source: Source
    exercises: Mapping[str, ExerciseTotal]


def taken_back(repetition: RecordedRepetition) -> list[RecordedRepetition]:
    """What is left of a repetition that was none: the record of it, or nothing of one that a person had added."""
    return [] if repetition.status == "added" else [replace(repetition, status="removed")]


def new_key() -> str:
    """A key that no other workout, session or added repetition has."""
    return uuid.uuid4().hex


def day_of(moment: float, time_zone: str) -> str:
    """The ISO date of a moment in a time zone."""
    return datetime.fromtimestamp(moment, zone(time_zone)).date().isoformat()


def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name; UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, no name at all, or a folder of the time zone database
        return ZoneInfo("UTC")
