"""The results of an evaluation, and the figures that sum them up."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from posecount.counting.any_exercise.counter import ANY_EXERCISE
from posecount.counting.pipeline import UNKNOWN
from posecount.counting.settings import Profile
from posecount.evaluation.manifest import Clip

_LEAST_OVERLAP = 0.5
"""A counted repetition is a true one if what they share is at least this much of what they cover together."""


class Counted(NamedTuple):
    """A counted repetition; times are seconds of the clip.

    Attributes:
        exercise: as what it was counted.
        start: when it began.
        end: when it ended.
        counted: when the counter showed it.
    """

    exercise: str
    start: float
    end: float
    counted: float


class Found(NamedTuple):
    """How many of a clip's repetitions are true ones, and when they were counted.

    Attributes:
        counted: the repetitions of the clip's exercise that were counted.
        true: the repetitions that are done.
        late: of each counted one that is a true one, the seconds from its true end until it was counted.
    """

    counted: int
    true: int
    late: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ClipResult:
    """The counts of a clip at one rate.

    Attributes:
        clip: the clip.
        fps: the rate, in frames per second.
        counts: exercise → repetitions.
        repetitions: when each was counted.
        bounds: the first and the last second of each true repetition; empty where the manifest has none.
        native: whether the rate is called ``native``.
        seconds: exercise → seconds held, for each pose that the dataset times.
    """

    clip: Clip
    fps: float
    counts: Mapping[str, int]
    repetitions: tuple[Counted, ...] = ()
    bounds: tuple[tuple[float, float], ...] = ()
    native: bool = False
    seconds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def count(self) -> int | None:
        """Repetitions of the clip's exercise; None if the dataset does not know it. With the profile `any`, all."""
        return self.counts.get(self.clip.exercise, self.counts.get(ANY_EXERCISE.name))

    @property
    def error(self) -> int | None:
        """How far the count is from what is done; None if no one counted, or the dataset does not know the exercise."""
        count = self.count
        return None if count is None or self.clip.reps is None else self.clip.reps.error(count)

    @property
    def false_repetitions(self) -> int:
        """Repetitions of exercises that are neither the clip's own nor in `Clip.also`, nor `UNKNOWN`,
        which are neither right nor false."""
        fine = self.clip.also | {self.clip.exercise, ANY_EXERCISE.name, UNKNOWN}
        return sum(count for exercise, count in self.counts.items() if exercise not in fine)

    @property
    def hold_error(self) -> float | None:
        """Seconds that were timed too much, or too little (below 0); None if no one timed the clip's exercise, or the
        dataset does not know it as a hold."""
        held = self.seconds.get(self.clip.exercise)
        return None if held is None or self.clip.seconds is None else held - self.clip.seconds

    @property
    def false_hold_seconds(self) -> float | None:
        """Seconds of holds that are neither the clip's own nor in `Clip.also`; None if the dataset times nothing."""
        fine = self.clip.also | {self.clip.exercise}
        return sum(s for exercise, s in self.seconds.items() if exercise not in fine) if self.seconds else None

    @property
    def rate(self) -> str:
        """What the rate is called: ``native``, or frames per second to the nearest whole number."""
        return "native" if self.native else f"{self.fps:.0f}" if self.fps >= 1 else f"{self.fps:g}"

    def found(self) -> Found | None:
        """Which counted repetitions are true ones; None without `bounds`, or if the dataset does not know the exercise.

        Each true repetition is found by one counted one at most.
        """
        if not self.bounds or self.count is None:
            return None
        own = [each for each in self.repetitions if each.exercise in (self.clip.exercise, ANY_EXERCISE.name)]
        open_bounds = list(self.bounds)
        late = []
        for each in own:
            best = max(open_bounds, key=lambda true: _overlap(true, each), default=None)
            if best and _overlap(best, each) >= _LEAST_OVERLAP:
                open_bounds.remove(best)
                late.append(each.counted - best[1])
        return Found(len(own), len(self.bounds), tuple(late))

    def to_json(self) -> dict[str, Any]:
        """The result as JSON types."""
        found = self.found()
        reps = self.clip.reps
        return {
            "manifest": self.clip.manifest,
            "path": self.clip.path,
            "fps": self.fps,
            "rate": self.rate,
            "group": self.clip.group,
            "exercise": self.clip.exercise,
            "reps": reps and (reps.least if reps.least == reps.most else str(reps)),
            "counts": dict(self.counts),
            "error": self.error,
            "false_repetitions": self.false_repetitions,
            "seconds": {exercise: round(held, 3) for exercise, held in self.seconds.items()},
            "hold_error": None if self.hold_error is None else round(self.hold_error, 3),
            "repetitions": [
                {"exercise": each.exercise}
                | {name: round(getattr(each, name), 3) for name in ("start", "end", "counted")}
                for each in self.repetitions
            ],
            "found": found and {"counted": found.counted, "true": found.true, "right": len(found.late)},
        }


def _overlap(true: tuple[float, float], counted: Counted) -> float:
    """The time that two repetitions share, as part of the time that they cover together."""
    shared = min(true[1], counted.end) - max(true[0], counted.start)
    covered = max(true[1], counted.end) - min(true[0], counted.start)
    return shared / covered if shared > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures over several results. Those about errors are None if none has one, and those from `precision` to
    `late_p95` without bounds.

    Attributes:
        clips: the number of results.
        judged: how many of them have an error: a person counted, and the dataset knows the exercise.
        exact: the share of these without error.
        obo: the share of these that are off by one at most.
        mae: the mean of |error| / repetitions, as RepCount defines it, over clips with repetitions; of a range, the
            middle.
        bias: the mean error in repetitions; above 0, too many are counted.
        false_repetitions: repetitions of exercises other than the clip's, over all clips.
        precision: the share of the counted repetitions that overlap a true one by half.
        recall: the share of the true repetitions that one of these finds.
        late_p50: the median of the seconds from a repetition's true end until it was counted.
        late_p95: the 95th percentile.
        hold_error: the mean of |error| in seconds, over clips of a pose that a person timed.
        false_hold_seconds: seconds held of poses other than the clip's, over all clips; None if none is timed.
    """

    clips: int
    judged: int
    exact: float | None
    obo: float | None
    mae: float | None
    bias: float | None
    false_repetitions: int
    precision: float | None = None
    recall: float | None = None
    late_p50: float | None = None
    late_p95: float | None = None
    hold_error: float | None = None
    false_hold_seconds: float | None = None

    @classmethod
    def of(cls, results: Sequence[ClipResult]) -> Summary:
        """The figures over results."""
        judged = [(each.error, each.clip.reps.middle) for each in results if each.error is not None and each.clip.reps]
        errors = [error for error, _ in judged]
        found = [each for each in (result.found() for result in results) if each]
        late = [seconds for each in found for seconds in each.late]
        false_holds = [each.false_hold_seconds for each in results if each.false_hold_seconds is not None]
        counted, true = sum(each.counted for each in found), sum(each.true for each in found)
        return cls(
            clips=len(results),
            judged=len(judged),
            exact=_mean([error == 0 for error in errors]),
            obo=_mean([abs(error) <= 1 for error in errors]),
            mae=_mean([abs(error) / reps for error, reps in judged if reps]),
            bias=_mean(errors),
            false_repetitions=sum(each.false_repetitions for each in results),
            precision=len(late) / counted if counted else None,
            recall=len(late) / true if true else None,
            late_p50=float(np.median(late)) if late else None,
            late_p95=float(np.percentile(late, 95)) if late else None,
            hold_error=_mean([abs(each.hold_error) for each in results if each.hold_error is not None]),
            false_hold_seconds=sum(false_holds) if false_holds else None,
        )

    def to_json(self) -> dict[str, Any]:
        """The figures, rounded to four decimals."""
        figures = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Results of all clips of some manifests, in their order, rate by rate."""

    profile: Profile
    results: tuple[ClipResult, ...]

    @property
    def summary(self) -> Summary:
        """Figures over all results."""
        return Summary.of(self.results)

    @property
    def by_manifest(self) -> dict[str, Evaluation]:
        """The part of each manifest."""
        return {name: Evaluation(self.profile, part) for name, part in self._by(lambda each: each.clip.manifest)}

    @property
    def by_fps(self) -> dict[str, Summary]:
        """Figures per rate: ``native`` first, then the highest."""
        parts = self._by(lambda each: each.rate)
        return _summaries(sorted(parts, key=lambda part: -math.inf if part[0] == "native" else -float(part[0])))

    @property
    def by_group(self) -> dict[str, Summary]:
        """Figures per group; clips without one are left out."""
        return _summaries(self._by(lambda each: each.clip.group))

    @property
    def by_group_and_fps(self) -> dict[str, Summary]:
        """Figures per group and rate, such as ``core, native``."""
        return _summaries(self._by(lambda each: each.clip.group and f"{each.clip.group}, {each.rate}"))

    @property
    def by_exercise(self) -> dict[str, Summary]:
        """Figures per exercise of the clips."""
        return _summaries(self._by(lambda each: each.clip.exercise))

    def to_json(self) -> dict[str, Any]:
        """The evaluation as JSON types."""
        return {
            "profile": self.profile,
            "clips": [each.to_json() for each in self.results],
            "summary": self._figures(),
            "manifests": {name: part._figures() for name, part in self.by_manifest.items()},
        }

    def _figures(self) -> dict[str, Any]:
        parts = {name: getattr(self, name) for name in ("by_fps", "by_group", "by_group_and_fps", "by_exercise")}
        return self.summary.to_json() | {
            name: {key: summary.to_json() for key, summary in part.items()} for name, part in parts.items()
        }

    def _by(self, key: Callable[[ClipResult], str]) -> list[tuple[str, tuple[ClipResult, ...]]]:
        """The results by a name; those without one are left out."""
        parts: dict[str, list[ClipResult]] = {}
        for each in self.results:
            parts.setdefault(key(each), []).append(each)
        return [(name, tuple(part)) for name, part in parts.items() if name]


def _summaries(parts: Sequence[tuple[str, Sequence[ClipResult]]]) -> dict[str, Summary]:
    return {name: Summary.of(part) for name, part in parts}


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
