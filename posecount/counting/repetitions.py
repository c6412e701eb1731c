"""Repetitions: the counters that find them in smoothed votes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from posecount.counting.smoothing import SMOOTHING_WINDOW
from posecount.datasets.dataset import Exercise


@dataclass(frozen=True, slots=True)
class Repetition:
    """One counted repetition; times are seconds of the stream.

    Attributes:
        exercise: e.g. ``squats``.
        start: when the target pose was entered; with `robust`, when the rest pose was left.
        turn: when confidence in the target pose was greatest; with `robust`, when the movement was furthest.
        end: when the target pose was left; with `robust`, when the rest pose was reached again.
        peak: the greatest smoothed confidence in the target pose, 0 to 10.
        range_of_motion: how far the movement went, from the rest samples (0) to the target samples (1); None with the
            profiles that do not measure it.
    """

    exercise: str
    start: float
    turn: float
    end: float
    peak: float
    range_of_motion: float | None = None

    @property
    def duration(self) -> float:
        """Seconds from start to end."""
        return self.end - self.start


class RepetitionCounter:
    """The published counter: it enters the target class above one threshold, and counts on leaving below another.

    Args:
        class_name: the target class.
        enter_threshold: smoothed votes above which the pose is entered.
        exit_threshold: smoothed votes below which the pose is left.
        exercise: the name that repetitions carry; by default the class.
    """

    def __init__(
        self, class_name: str, enter_threshold: float = 6, exit_threshold: float = 4, exercise: str | None = None
    ) -> None:
        self.class_name = class_name
        self.count = 0
        self.entered = False
        self.last: Repetition | None = None
        self.exercise = exercise or class_name
        self._enter_threshold = enter_threshold
        self._exit_threshold = exit_threshold
        self._start = self._turn = self._peak = 0.0

    def update(self, smoothed: Mapping[str, float], timestamp: float = 0.0) -> int:
        """Take in one frame's smoothed votes and return the number of repetitions so far."""
        confidence = smoothed.get(self.class_name, 0.0)
        if not self.entered:
            if confidence > self._enter_threshold:
                self.entered = True
                self._start = self._turn = timestamp
                self._peak = confidence
            return self.count
        if confidence > self._peak:
            self._turn, self._peak = timestamp, confidence
        if confidence < self._exit_threshold:
            self.entered = False
            self.count += 1
            self.last = Repetition(self.exercise, self._start, self._turn, timestamp, self._peak)
        return self.count


MAX_GAP = 1.0
"""Seconds without evidence after which a started repetition is dropped."""
MAX_TRANSITION = 3.0
"""Seconds that a person may spend between rest and target; a slower movement is a change of posture."""
MIN_REPETITION = 0.25
MAX_REPETITION = 15.0
"""Seconds from leaving the rest to reaching it again: half-second push-ups and long holds both fit."""

Phase = Literal["waiting", "rest", "target"]


class CycleCounter:
    """Counts whole cycles of one exercise: rest, target, rest.

    A movement does not count if it starts in the target pose, stops halfway, takes too long or is interrupted. Nor does
    one that leads to another exercise's target, or to no exercise, more than to this target.

    Args:
        exercise: the exercise.
        enter_threshold: smoothed confidence, 0 to 10, above which a pose is entered.
        exit_threshold: the target is left once confidence in the rest is above 10 minus this.
        min_range: the range of motion that a repetition must reach.
        rests: the rest classes of all exercises: passing through them is evidence for none.

    Attributes:
        phase: where in the cycle the person is; ``waiting`` until the rest is seen.
        too_shallow: whether the last frame ended a movement that did not go far enough.
    """

    def __init__(
        self,
        exercise: Exercise,
        enter_threshold: float = 6,
        exit_threshold: float = 4,
        min_range: float = 0.75,
        rests: Collection[str] = (),
    ) -> None:
        self.exercise = exercise
        self.phase: Phase = "waiting"
        self.too_shallow = False
        self._enter = enter_threshold
        self._leave = 10 - exit_threshold
        self._min_range = min_range
        self._rests = {*exercise.rest, *rests} - {exercise.target}
        self._target = exercise.target
        self._last = self._seen = self._start = 0.0
        self._begin()

    def rested(self, timestamp: float) -> bool:
        """Whether the rest was seen in the last `MAX_TRANSITION` seconds."""
        return self.phase != "waiting" and timestamp - self._start <= MAX_TRANSITION

    def interrupt(self) -> None:
        """Drop the repetition that was begun."""
        self.phase = "waiting"

    def _begin(self) -> None:
        """Leave the rest."""
        self._is_under_way = True
        self._turn = self._start
        self._range = self._peak = 0.0
        self._evidence: dict[str, float] = {}

    def _rest(self, timestamp: float) -> None:
        """Be at rest, where the next cycle starts."""
        self.phase, self._start, self._is_under_way = "rest", timestamp, False

    def update(
        self, smoothed: Mapping[str, float], rest: float, progress: float, timestamp: float
    ) -> Repetition | None:
        """Take in a frame in which the limbs are visible; return the repetition that it completes, if any.

        Args:
            smoothed: confidence per class, 0 to 10.
            rest: smoothed confidence in the rest, 0 to 10.
            progress: how far this frame's pose is on the way from rest (0) to target (1).
            timestamp: seconds.
        """
        last, self._last = self._last, timestamp
        is_late = timestamp - last > MAX_GAP or timestamp - self._seen > MAX_TRANSITION
        if rest > self._enter or smoothed.get(self._target, 0.0) > self._enter:
            self._seen = timestamp
        self.too_shallow = False
        resting = rest > self._leave
        if resting and (is_late or self.phase != "target"):
            self._rest(timestamp)  # most exercises in most frames, as they share a rest
            return None
        if is_late or self.phase == "waiting":
            self.phase = "waiting"
            return None
        if not self._is_under_way:
            self._begin()
        target = smoothed.get(self._target, 0.0)
        lasted = min(timestamp - last, SMOOTHING_WINDOW)
        for name, confidence in smoothed.items():
            if name not in self._rests:
                self._evidence[name] = self._evidence.get(name, 0.0) + confidence * lasted
        if progress > self._range:
            self._turn, self._range = timestamp, progress
        self._peak = max(self._peak, target)
        found = None
        if resting:
            if MIN_REPETITION <= timestamp - self._start <= MAX_REPETITION:
                if self._range < self._min_range:
                    self.too_shallow = True
                elif max(self._evidence, key=self._evidence.__getitem__) == self._target:
                    found = Repetition(self.exercise.name, self._start, self._turn, timestamp, self._peak, self._range)
            self._rest(timestamp)
        elif target > self._enter and self.phase == "rest":
            self.phase = "target"
        return found
