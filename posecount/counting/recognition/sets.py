"""Sets: repetitions in a row, found by the person's own rhythm, and named together by what the samples say.

The rhythm says when and how often, the samples say what. One repetition may look like several exercises; a set seldom
does. Its repetitions wait until it has a name, and then count together.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from posecount.counting.any_exercise.counter import AnyCounter
from posecount.counting.any_exercise.follower import Cycle, difference
from posecount.counting.recognition.movements import Likeness, Movements, median_costs
from posecount.counting.recognition.overlap import are_in_rhythm, are_same
from posecount.counting.recognition.place import HipsWatch
from posecount.counting.repetitions import Repetition
from posecount.counting.rhythm import FEATURES
from posecount.embedding import Body
from posecount.pose import FloatArray

_LEAST, _UNKNOWN = 2, 3
"""Repetitions that name a set; and from which on a set without a name is an unknown exercise."""
_LOOK = 5
"""The last repetitions of a set, whose median says what it is."""
_PAUSE_S = 3.0
"""A set ends with a pause of this many seconds, or of twice a repetition."""
_REMEMBERED = 40
_RECENT = 12
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
_BACKWARDS = -1.0
"""`Likeness.extent` of a repetition before a set has a name, below which it is none of it: it goes the other way."""
_OUTLIER = 2.5
"""A repetition that costs this many times the median of its set is none of it: changing the view half way."""
_EXTENT_SEEN = 0.67
"""Share of the range of motion that a set needs that the nearest samples have seen: they have measured it as well. With
the whole, two of 40 clips are lost; without, sitting still with waving arms counts."""
_TOWARDS = 0.3
"""Share of the range of motion from which on a set is shallow, rather than something else."""
_BEFORE_S = 0.4
"""Seconds before the start of a repetition found by nearest samples in which its rest is looked for, at least: they
notice late that the rest is left."""
_BEFORE_SET = 0.5
"""A repetition found by nearest samples belongs to the set that begins within this share of its length from its end."""
_OTHERS_WAIT = 1.5
"""Repetitions of a set, from the end of its last, in which no other exercise counts: it is part of the next."""


@dataclass(slots=True, eq=False)
class _Entry:
    cycle: Cycle
    likeness: Likeness
    hidden: Collection[str]
    unsteady: float
    counted: bool = False  # or left out for good


class Sets:
    """The sets of one stream.

    Args:
        movements: what the exercises look like in motion.
        range_of_motion: 0 to 1, how far a repetition has to go, see `Likeness.extent`.

    Attributes:
        exercise: what the set that goes on is, or None.
        shallow: what it would be if it went further, or None.
        hips: whether they have moved.
    """

    def __init__(self, movements: Movements, range_of_motion: float) -> None:
        self._movements = movements
        self._least_extent = range_of_motion
        self._rhythm = AnyCounter()
        self.hips = HipsWatch()
        self._cycles: list[Cycle] = []  # of the last frame
        self._set: deque[_Entry] = deque(maxlen=_REMEMBERED)
        self._found: deque[tuple[str, float, float]] = deque(maxlen=_RECENT)  # by nearest samples
        self._refused: deque[tuple[Repetition, str]] = deque(maxlen=_RECENT)
        self._gesture: tuple[Repetition, str] | None = None  # the last one
        self._counted: deque[tuple[float, float]] = deque(maxlen=_RECENT)
        self._unknown = 0
        self._over = -np.inf  # the end of the set before
        self.exercise: str | None = None
        self.shallow: str | None = None

    @property
    def ended(self) -> float:
        """When the last repetition of the set ended, counted or not; -inf before the first."""
        return self._set[-1].cycle.end if self._set else -np.inf

    @property
    def unknown(self) -> int:
        """Repetitions so far in sets of at least three that are none of the exercises."""
        return self._unknown + self.unnamed

    def look(self, body: Body, timestamp: float) -> None:
        """Take in a frame's pose, at a time in seconds. What it completes is in `admit` and `update`."""
        self._cycles = self._rhythm.update(body, timestamp)
        self.hips.update(body)

    def update(self, hidden: Collection[str] = ()) -> list[Repetition]:
        """The repetitions that the frame completes, or lets be named.

        Args:
            hidden: exercises whose limbs the camera does not see.
        """
        found: list[Repetition] = []
        for cycle in self._cycles:
            likeness = self._compare(cycle.rest, cycle.target)
            step = self._rhythm.history.greatest_step(cycle.start, cycle.end)
            swing = float(difference(cycle.rest[:FEATURES], cycle.target[:FEATURES]))
            found += self._take(_Entry(cycle, likeness, hidden, step / max(swing, 1e-6)))
        return found

    def interrupt(self) -> None:
        """Drop what was begun: another person is tracked from now on."""
        self._end()
        self._gesture = None
        self._rhythm.interrupt()

    def admit(self, repetition: Repetition, exercise: str) -> list[Repetition]:
        """Take in a repetition found by nearest samples; return it if it counts.

        It does if it moves as the samples of its exercise do, and no set that goes on has it or will have it. A gesture
        does not count by itself, but together with the next one.
        """
        self._found.append((exercise, repetition.start, repetition.end))
        span = repetition.start, repetition.end
        if self.exercise and self._set:
            last = self._set[-1].cycle
            share = 0.5 if exercise == self.exercise else _OTHERS_WAIT
            if repetition.start < last.end + share * (last.end - last.start):
                return []
        if any(are_same(span, other) for other in self._counted):
            return []
        if not self._moves(repetition, exercise):
            self._refused.append((repetition, exercise))
            return []
        found = [repetition]
        if exercise in self._movements.gestures:
            before, self._gesture = self._gesture, (repetition, exercise)
            if not before or before[1] != exercise or not are_in_rhythm(before[0], repetition):
                return []
            found.insert(0, before[0])
        admitted = [
            each for each in found if not any(are_same((each.start, each.end), other) for other in self._counted)
        ]
        self._counted.extend((each.start, each.end) for each in admitted)
        return admitted

    def _moves(self, repetition: Repetition, exercise: str) -> bool:
        """Whether the body moves as the exercise has it, measured from where it was furthest from the turning point."""
        if not self._movements.negatives or exercise not in self._movements.names:
            return True
        start, turn, end = repetition.start, repetition.turn, repetition.end
        before = self._rhythm.history.between(start - max(0.5 * (end - start), _BEFORE_S), turn)
        after = self._rhythm.history.between(turn, end)
        if not len(before) or not len(after):
            return True
        target = after[0]
        rest = 0.5 * sum(each[difference(each, target).argmax()] for each in (before, after))
        likeness = [self._compare(rest, target)]
        return (
            self._fits(likeness, exercise, _MARGIN_SINGLE * 10 / max(repetition.peak, 1.0), limbs=0.0)
            and self._extent(likeness, exercise) >= _EXTENT_SEEN * self._least_extent
        )

    def _compare(self, rest: FloatArray, target: FloatArray) -> Likeness:
        excluded = self._movements.place.excluded(rest, target, self.hips.moved)
        return self._movements.compare(rest[:FEATURES], target[:FEATURES], excluded)

    def _take(self, entry: _Entry) -> list[Repetition]:
        cycle = entry.cycle
        if self._set and cycle.start - self._set[-1].cycle.end > max(_PAUSE_S, 2 * (cycle.end - cycle.start)):
            self._end()
        if len(self._set) == _REMEMBERED and not self.exercise and not self._set[0].counted and not self._set[0].hidden:
            self._unknown += 1
        self._set.append(entry)
        before, self.exercise = self.exercise, self._name()
        if self.exercise is None:
            return []
        code = self._movements.names.index(self.exercise)
        whole = [each.likeness for each in self._set]
        last = whole[-_LOOK:]
        if 2 * sum(each.inverted[code] for each in last) > len(last) and before != self.exercise:
            # The person rests where the rhythm was taken to turn: count once more, the other way round.
            self._rhythm.turn_over(max((each.cycle.end for each in self._set if each.counted), default=self._over))
            self._set.clear()
            return []
        # Where nothing says what else it could be, who goes on in the rhythm does the same, from another side perhaps.
        usual = median(float(each.costs[code]) for each in (whole if self._movements.negatives else last))
        found = self._right_before() if before is None else []
        for each in self._set if before is None else ():  # later on somebody may turn to another side
            each.counted |= bool(each.likeness.extent[code] < _BACKWARDS)
        for each in self._set:
            if each.counted or each.likeness.costs[code] > _OUTLIER * usual or self.exercise in each.hidden:
                continue
            each.counted = True
            span = each.cycle.start, each.cycle.end
            if not any(are_same(span, other) for other in self._counted):
                self._counted.append(span)
                found.append(Repetition(self.exercise, span[0], each.cycle.turn, span[1], 10.0))
        return found

    def _right_before(self) -> list[Repetition]:
        """A repetition that was refused by itself, and that the set which now has its name goes on from."""
        first = self._set[0].cycle
        for repetition, exercise in self._refused:
            gap = first.start - repetition.end
            span = repetition.start, repetition.end
            if (
                exercise == self.exercise
                and abs(gap) < _BEFORE_SET * (repetition.end - repetition.start)
                and not are_same(span, (first.start, first.end))
                and not any(are_same(span, other) for other in self._counted)
            ):
                self._counted.append(span)
                return [repetition]
        return []

    def _end(self) -> None:
        self._unknown += self.unnamed
        self._over = max(self._over, self.ended)
        self._set.clear()
        self.exercise = self.shallow = None

    @property
    def unnamed(self) -> int:
        """Repetitions in the set that goes on, if it is an unknown exercise."""
        if self.exercise or self.shallow or len(self._set) < _UNKNOWN:
            return 0
        return sum(not each.counted and not each.hidden for each in self._set)

    def _last(self) -> list[_Entry]:
        return list(self._set)[-_LOOK:]

    def _name(self) -> str | None:
        """What the set is, by its last repetitions."""
        self.shallow = None
        last = self._last()
        likeness = [each.likeness for each in last]
        certain = not self._movements.negatives  # there is nothing to compare with
        unsteady = _UNSTEADY * median(each.unsteady for each in last)
        limbs = -np.inf if certain else _LIMBS_KEPT
        if self.exercise and self._fits(likeness, self.exercise, unsteady, limbs, kept=True):
            return self.exercise
        if len(last) < _LEAST or not self._movements.names:
            return None
        seen = self._seen(last)
        if seen and (certain or self._fits(likeness, seen, max(_MARGIN_SEEN, unsteady))):
            best, least = seen, _EXTENT_SEEN * self._least_extent
        else:
            best = self._movements.names[int(median_costs(likeness)[:-1].argmin())]
            least = self._least_extent
            if not (certain or self._fits(likeness, best, max(_MARGIN, unsteady))):
                return None
        extent = self._extent(likeness, best)
        self.shallow = best if _TOWARDS * least <= extent < least else None
        return best if extent >= least and not (certain and best != seen) else None

    def _seen(self, last: Sequence[_Entry]) -> str | None:
        """The exercise that the nearest samples have found in enough of these repetitions."""
        spans = [(each.cycle.start, each.cycle.end) for each in last]
        seen = Counter(
            exercise
            for exercise, start, end in self._found
            if exercise in self._movements.names and any(are_same((start, end), span) for span in spans)
        )
        exercise, times = seen.most_common(1)[0] if seen else (None, 0)
        return exercise if times >= _SEEN * len(last) else None

    def _fits(
        self, likeness: Sequence[Likeness], exercise: str, margin: float, limbs: float = 1.0, kept: bool = False
    ) -> bool:
        """Whether repetitions are an exercise: by a margin, nearer than any other, and done with its limbs."""
        code = self._movements.names.index(exercise)
        *costs, negatives = median_costs(likeness).tolist()
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
