"""Sets: repetitions in a row, found by the person's own rhythm, and named together by what the samples say.

The rhythm says when and how often, the samples say what. One repetition may look like several exercises; a set seldom
does. Its repetitions wait until it has a name, and then count together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from statistics import median

import numpy as np

from posecount.counting.any_exercise.counter import AnyCounter
from posecount.counting.any_exercise.follower import Cycle, difference
from posecount.counting.recognition.movements import Likeness, Movements
from posecount.counting.recognition.naming import LOOK, Found, Member, Naming
from posecount.counting.recognition.overlap import are_in_rhythm, are_same, overlap
from posecount.counting.recognition.place import HipsWatch
from posecount.counting.repetitions import Repetition
from posecount.counting.rhythm import FEATURES
from posecount.embedding import Body
from posecount.pose import FloatArray

_UNKNOWN = 3
"""Repetitions from which on a set without a name is an unknown exercise."""
_PAUSE_S = 3.0
"""A set ends with a pause of this many seconds, or of twice a repetition."""
_REMEMBERED = 40
_RECENT = 12
_BACKWARDS = -1.0
"""`Likeness.extent` of a repetition before a set has a name, below which it is none of it: it goes the other way. Nor
one whose limbs do not move, or that is far more like another exercise: who swings the arms before jumping. Without
negatives, neither is one that fits better the other way round and reaches into one that has counted, as it lies between
two; with negatives this loses two sit-ups of footage."""
_OUTLIER = 2.5
"""A repetition that costs this many times the median of its set is none of it: changing the view half way."""
_BEFORE_S = 0.4
"""Seconds before the start of a repetition found by nearest samples in which its rest is looked for, at least: they
notice late that the rest is left."""
_BEFORE_SET = 0.5
"""A repetition found by nearest samples belongs to the set that begins within this share of its length from its end."""
_PART = 0.5
"""A repetition found by nearest samples that takes less than this share of the usual one of a set that goes on without
a name is a part of one. In arm circles the hands go from the shoulders overhead as in a press; nothing else changes in
193 sequences."""
_OTHERS_WAIT = 1.5
"""Repetitions of a set, from the end of its last, in which no other exercise counts: it is part of the next."""


class Sets:
    """The sets of one stream.

    Args:
        movements: what the exercises look like in motion.
        range_of_motion: 0 to 1, how far a repetition has to go, see `Likeness.extent`.

    Attributes:
        exercise: what the set that goes on is, or None.
        shallow: what it would be if it went further, or None.
        perhaps: what it may be if it went further, where it is an unknown exercise; or None.
        hips: whether they have moved.
    """

    def __init__(self, movements: Movements, range_of_motion: float) -> None:
        self._movements = movements
        self._naming = Naming(movements, range_of_motion)
        self._rhythm = AnyCounter()
        self.hips = HipsWatch()
        self._cycles: list[Cycle] = []  # of the last frame
        self._set: deque[Member] = deque(maxlen=_REMEMBERED)
        self._found: deque[Found] = deque(maxlen=_RECENT)  # by nearest samples
        self._refused: deque[tuple[Repetition, str]] = deque(maxlen=_RECENT)
        self._gesture: tuple[Repetition, str] | None = None  # the last one
        self._counted: deque[tuple[float, float]] = deque(maxlen=_RECENT)
        self._unknown = 0
        self._over = -np.inf  # the end of the set before
        self.exercise: str | None = None
        self.shallow: str | None = None
        self.perhaps: str | None = None

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
            found += self._take(Member(cycle, likeness, hidden, step / max(swing, 1e-6)))
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
        self._found.append(Found(exercise, repetition.start, repetition.end))
        span = repetition.start, repetition.end
        if self.exercise and self._set:
            last = self._set[-1].cycle
            share = 0.5 if exercise == self.exercise else _OTHERS_WAIT
            if repetition.start < last.end + share * (last.end - last.start):
                return []
        if any(are_same(span, other) for other in self._counted):
            return []
        if self._is_part(repetition) or not self._moves(repetition, exercise):
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

    def _is_part(self, repetition: Repetition) -> bool:
        """Whether a repetition is only a part of what the set that goes on repeats, which is no exercise so far."""
        if self.exercise or len(self._set) < 2:
            return False
        usual = median(each.cycle.end - each.cycle.start for each in self._set)
        return repetition.end - repetition.start < _PART * usual and repetition.start < self.ended + usual

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
        return self._naming.fits_single(self._compare(rest, target), exercise, repetition.peak)

    def _compare(self, rest: FloatArray, target: FloatArray) -> Likeness:
        excluded = self._movements.place.excluded(rest, target, self.hips.moved)
        return self._movements.compare(rest[:FEATURES], target[:FEATURES], excluded)

    def _take(self, member: Member) -> list[Repetition]:
        cycle = member.cycle
        if self._set and cycle.start - self._set[-1].cycle.end > max(_PAUSE_S, 2 * (cycle.end - cycle.start)):
            self._end()
        if len(self._set) == _REMEMBERED and not self.exercise and not self._set[0].settled and not self._set[0].hidden:
            self._unknown += 1
        self._set.append(member)
        before = self.exercise
        self.exercise, self.shallow, self.perhaps = self._naming.of_set(list(self._set)[-LOOK:], before, self._found)
        if self.exercise is None:
            return []
        code = self._movements.names.index(self.exercise)
        whole = [each.likeness for each in self._set]
        last = whole[-LOOK:]
        if 2 * sum(each.inverted[code] for each in last) > len(last) and before != self.exercise:
            # The person rests where the rhythm was taken to turn: count once more, the other way round.
            self._rhythm.turn_over(max((each.cycle.end for each in self._set if each.settled), default=self._over))
            self._set.clear()
            return []
        # Where nothing says what else it could be, who goes on in the rhythm does the same, from another side perhaps.
        usual = median(float(each.costs[code]) for each in (whole if self._movements.negatives else last))
        found = self._right_before() if before is None else []
        for each in self._set if before is None else ():  # later on somebody may turn to another side
            other_way = each.likeness.extent[code] < _BACKWARDS or (
                not self._movements.negatives
                and each.likeness.inverted[code]
                and any(overlap(each.span, other) > 0 for other in self._counted)
            )
            still = each.likeness.limbs[code] <= 0 and each.likeness.costs[code] < np.inf  # else they are not known
            each.left_out |= bool(other_way or still)
        for each in self._set:
            if each.settled or each.likeness.costs[code] > _OUTLIER * usual or self.exercise in each.hidden:
                continue
            each.counted = True
            if not any(are_same(each.span, other) for other in self._counted):
                self._counted.append(each.span)
                found.append(Repetition(self.exercise, each.cycle.start, each.cycle.turn, each.cycle.end, 10.0))
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
        self.exercise = self.shallow = self.perhaps = None

    @property
    def unnamed(self) -> int:
        """Repetitions in the set that goes on, if it is an unknown exercise."""
        if self.exercise or self.shallow or len(self._set) < _UNKNOWN:
            return 0
        return sum(not each.settled and not each.hidden for each in self._set)
