"""Naming: what a repetition or a set is, by how like it is to the exercises of a dataset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

import numpy as np

from posecount.counting.any_exercise.follower import Cycle
from posecount.counting.recognition.movements import CUT, Likeness, Movements, median_costs
from posecount.counting.recognition.overlap import are_same

LOOK = 5
"""The last repetitions of a set, whose median says what it is."""
_LEAST = 2
"""Repetitions that name a set."""
_MARGIN = 1.5
"""How much more other exercises and negatives cost than the one that a set is named after: the product of both. With
1.4, 1.5, 1.6 and 1.8, 67, 63, 52 and 36 false repetitions in 78 clips of RepCount-A; within one are 33, 33, 33 and 32
of 33 clips of footage, and 28 of 40 of RepCount-A. Later, with `_UNSTEADY`, 1.3 counts 73 where 1.5 counts 21."""
_MARGIN_SEEN = 0.9
"""The same where the nearest samples have found `_SEEN` of the last repetitions as well. 0.8 counts four more on a
pommel horse, 1.0 loses a clip of wall squats. Without this rule 26 of the 40 clips are within one instead of 28."""
_SEEN = 0.5
_RIVAL = 0.9
"""No other exercise costs less than this share of the one that a set is named after. Who pulls up with crossed legs
looks like squats to the nearest samples, but costs 0.87 of them as pull-ups; at real squats the next one costs 0.91."""
_RIVAL_NEGATIVES = 0.85
"""The same of the negatives. Of the sets that 142 real clips have, none costs less than 0.93; lunges that a person has
said to be no squats cost 0.76, and would go on counting where no other exercise is near."""
_RIVAL_OF_GESTURE = 1.25
"""The same for a gesture: arm circles are front raises by 1.2, jumping jacks that hardly move the legs by 1.14."""
_LIMBS_KEPT = 0.55
"""`Likeness.limbs` for a set to keep its name: with 0.7 16 of 40 clips are exact instead of 17, with 0.8 and 0.9 26 are
within one instead of 27; without, taught sit-ups count 16 of 14 instead of 13. Of single ones nothing is asked."""
_MARGIN_SINGLE = 1.2
"""The same for a repetition by itself that the nearest samples have found, at full confidence in its target; at half
the confidence it is twice this. Of 632 true ones and 15 false ones, this drops one and three."""
_UNSTEADY = 1.3
"""The margin of a set is at least this many times the largest step from one frame to the next that a repetition has, as
a share of its swing: what jumps about is hardly tracked. docs/counting.md has the figures of other values."""
_EXTENT_SEEN = 0.67
"""Share of the range of motion that a set needs that the nearest samples have seen: they have measured it as well. With
the whole, two of 40 clips are lost; without, sitting still with waving arms counts."""
_TOWARDS = 0.3
"""Share of the range of motion from which on a set is shallow, rather than something else."""
_MARGIN_PERHAPS = 1.2
"""`_MARGIN` for a set without a name to be told what it may be if it went further. Of 336 shallow sets that are
unknown, 176 are told so, and 30 of 432 repetitions of other movements. Before it had to be nearer to the cut pairs than
to whole ones, it was 193 and 36; with 1.1 and 1.3 210 and 173, and 79 and 15; with pairs cut at 0.5, at 0.6 and not at
all 200, 208 and 154, and 63, 67 and 32; whatever the limbs do 212, and 69."""


@dataclass(slots=True, eq=False)
class Member:
    """A repetition of a set.

    Attributes:
        cycle: when it was, and between which poses.
        likeness: how like it is to the exercises.
        hidden: exercises whose limbs the camera did not see.
        unsteady: its largest step from one frame to the next, as a share of its swing.
        counted: whether it has counted.
        left_out: whether it never will.
    """

    cycle: Cycle
    likeness: Likeness
    hidden: Collection[str]
    unsteady: float
    counted: bool = False
    left_out: bool = False

    @property
    def span(self) -> tuple[float, float]:
        """From when to when it went, in seconds."""
        return self.cycle.start, self.cycle.end

    @property
    def settled(self) -> bool:
        """Whether it has counted or never will."""
        return self.counted or self.left_out


class Found(NamedTuple):
    """A repetition that the nearest samples have found, from start to end in seconds."""

    exercise: str
    start: float
    end: float


class Name(NamedTuple):
    """What a set is, or None.

    Attributes:
        exercise: what it is.
        shallow: what it would be if it went further; such a set is no unknown exercise.
        perhaps: what it may be if it went further, or else an unknown exercise.
    """

    exercise: str | None
    shallow: str | None = None
    perhaps: str | None = None


class Naming:
    """Names sets and single repetitions. It never changes.

    Args:
        movements: what the exercises look like in motion.
        range_of_motion: 0 to 1, how far a repetition has to go, see `Likeness.extent`.
    """

    def __init__(self, movements: Movements, range_of_motion: float) -> None:
        self._movements = movements
        self._least_extent = range_of_motion

    def of_set(self, last: Sequence[Member], before: str | None, found: Iterable[Found]) -> Name:
        """What a set is.

        Args:
            last: its last repetitions, at most `LOOK`.
            before: what it was before the last one.
            found: what the nearest samples have found of late.
        """
        likeness = [each.likeness for each in last]
        certain = not self._movements.negatives  # there is nothing to compare with
        unsteady = _UNSTEADY * median(each.unsteady for each in last)
        limbs = -np.inf if certain else _LIMBS_KEPT
        if before and self._fits(likeness, before, unsteady, limbs, kept=True):
            return Name(before)
        if len(last) < _LEAST or not self._movements.names:
            return Name(None)
        seen = self._seen(last, found)
        if seen and (certain or self._fits(likeness, seen, max(_MARGIN_SEEN, unsteady))):
            best, least = seen, _EXTENT_SEEN * self._least_extent
        else:
            best = self._movements.names[int(median_costs(likeness)[:-1].argmin())]
            least = self._least_extent
            if not (certain or self._fits(likeness, best, max(_MARGIN, unsteady))):
                return Name(None, perhaps=self._perhaps(likeness, unsteady))
        extent = self._extent(likeness, best)
        exercise = best if extent >= least and not (certain and best != seen) else None
        return Name(exercise, best if _TOWARDS * least <= extent < least else None)

    def fits_single(self, likeness: Likeness, exercise: str, peak: float) -> bool:
        """Whether a repetition that the nearest samples have found moves as its exercise has it.

        Args:
            likeness: of the repetition.
            exercise: what it was found to be.
            peak: confidence in its target, 0 to 10.
        """
        return (
            self._fits([likeness], exercise, _MARGIN_SINGLE * 10 / max(peak, 1.0), limbs=0.0)
            and self._extent([likeness], exercise) >= _EXTENT_SEEN * self._least_extent
        )

    def _perhaps(self, likeness: Sequence[Likeness], unsteady: float) -> str | None:
        """What repetitions may be if they went further. It is less certain than a name, as nothing counts for it."""
        cut, whole = median_costs(likeness, cut=True), median_costs(likeness)
        code = int(cut[:-1].argmin())
        best, margin, limbs = self._movements.names[code], max(_MARGIN_PERHAPS, unsteady), CUT * _LIMBS_KEPT
        is_near = cut[code] < whole[code]  # else it goes far enough, and is something else
        return best if is_near and self._fits(likeness, best, margin, limbs, cut=True) else None

    def _seen(self, last: Sequence[Member], found: Iterable[Found]) -> str | None:
        """The exercise that the nearest samples have found in enough of these repetitions."""
        seen = Counter(
            each.exercise
            for each in found
            if each.exercise in self._movements.names
            and any(are_same((each.start, each.end), member.span) for member in last)
        )
        exercise, times = seen.most_common(1)[0] if seen else (None, 0)
        return exercise if times >= _SEEN * len(last) else None

    def _fits(
        self,
        likeness: Sequence[Likeness],
        exercise: str,
        margin: float,
        limbs: float = 1.0,
        kept: bool = False,
        cut: bool = False,
    ) -> bool:
        """Whether repetitions are an exercise: by a margin, nearer than any other, and done with its limbs."""
        code = self._movements.names.index(exercise)
        *costs, negatives = median_costs(likeness, cut).tolist()
        own = costs.pop(code)
        others = min(costs, default=np.inf)
        rival = _RIVAL_OF_GESTURE if exercise in self._movements.gestures and not kept else _RIVAL
        return bool(
            others * negatives >= margin * own**2
            and others >= rival * own
            and negatives >= _RIVAL_NEGATIVES * own
            and median(each.limbs[code] for each in likeness) >= limbs
        )

    def _extent(self, likeness: Sequence[Likeness], exercise: str) -> float:
        code = self._movements.names.index(exercise)
        return median(float(each.extent[code]) for each in likeness)
