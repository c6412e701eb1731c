"""The results of an evaluation, and the figures that sum them up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posecount.counting.settings import Profile
from posecount.evaluation.manifest import Clip


@dataclass(frozen=True, slots=True)
class ClipResult:
    """The counts of a clip at one rate, in frames per second."""

    clip: Clip
    fps: float
    counts: Mapping[str, int]

    @property
    def error(self) -> int | None:
        """Repetitions counted minus repetitions done; None if the dataset does not know the exercise."""
        count = self.counts.get(self.clip.exercise)
        return None if count is None else count - self.clip.reps

    @property
    def false_repetitions(self) -> int:
        """Repetitions of exercises that are neither the clip's own nor in `Clip.also`."""
        own = self.clip.also | {self.clip.exercise}
        return sum(count for exercise, count in self.counts.items() if exercise not in own)


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures over several results. Those about errors are None if the dataset knows none of the exercises.

    Attributes:
        clips: the number of results.
        judged: how many of them are of an exercise of the dataset, and so have an error.
        exact: the share of these without error.
        obo: the share of these that are off by one at most.
        mae: the mean of |error| / repetitions, over clips with repetitions.
        bias: the mean error in repetitions; above 0, too many are counted.
        false_repetitions: repetitions of exercises other than the clip's, over all clips.
    """

    clips: int
    judged: int
    exact: float | None
    obo: float | None
    mae: float | None
    bias: float | None
    false_repetitions: int

    @classmethod
    def of(cls, results: Sequence[ClipResult]) -> Summary:
        """The figures over results."""
        judged = [(each.error, each.clip.reps) for each in results if each.error is not None]
        errors = [error for error, _ in judged]
        relative = [abs(error) / reps for error, reps in judged if reps]
        return cls(
            clips=len(results),
            judged=len(judged),
            exact=_mean([error == 0 for error in errors]),
            obo=_mean([abs(error) <= 1 for error in errors]),
            mae=_mean(relative),
            bias=_mean(errors),
            false_repetitions=sum(each.false_repetitions for each in results),
        )

    def to_json(self) -> dict[str, Any]:
        """The figures, rounded to four decimals."""
        figures = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Results of all clips of a manifest, in its order, rate by rate."""

    profile: Profile
    results: tuple[ClipResult, ...]

    @property
    def summary(self) -> Summary:
        """Figures over all results."""
        return Summary.of(self.results)

    @property
    def by_fps(self) -> dict[float, Summary]:
        """Figures per rate, highest first."""
        rates = sorted({each.fps for each in self.results}, reverse=True)
        return {rate: Summary.of([each for each in self.results if each.fps == rate]) for rate in rates}

    def to_json(self) -> dict[str, Any]:
        """The evaluation as JSON types."""
        return {
            "profile": self.profile,
            "clips": [
                {
                    "path": each.clip.path,
                    "fps": each.fps,
                    "exercise": each.clip.exercise,
                    "reps": each.clip.reps,
                    "counts": dict(each.counts),
                    "error": each.error,
                    "false_repetitions": each.false_repetitions,
                }
                for each in self.results
            ],
            "summary": {
                **self.summary.to_json(),
                "by_fps": {f"{rate:g}": summary.to_json() for rate, summary in self.by_fps.items()},
            },
        }


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
