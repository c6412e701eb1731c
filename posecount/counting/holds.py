"""Holds: poses that are timed, not counted, such as a plank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from posecount.datasets.dataset import Exercise

LEAST_HOLD = 1.0
"""Seconds. What is shorter is on the way from one pose to another."""
_MAX_BREAK = 1.0
"""Seconds without evidence within one hold: a person shifts weight, or the tracker loses them for a moment."""


def minutes(seconds: float) -> str:
    """Seconds as minutes and whole seconds, as a stopwatch shows them: ``0:23``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


@dataclass(frozen=True, slots=True)
class Hold:
    """A pose that was held; times are seconds of the stream.

    Attributes:
        exercise: e.g. ``planks``.
        start: when the pose was entered.
        end: when it was left, or was last seen so far.
    """

    exercise: str
    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it was held."""
        return self.end - self.start

    def goes_on_in(self, later: Hold | None) -> bool:
        """Whether a hold that is in progress later is this one."""
        return later is not None and (later.exercise, later.start) == (self.exercise, self.start)


class HoldTimer:
    """Times the holds of one stream, one at a time. It enters and leaves them at the thresholds of repetitions.

    A hold is one of at least `LEAST_HOLD` seconds; to leave it for less than a second does not end it.

    Args:
        exercises: the poses to hold, see `posecount.datasets.dataset.PoseDataset.holds`.
        enter_threshold: smoothed confidence, 0 to 10, above which a pose is entered.
        exit_threshold: smoothed confidence below which it is left.

    Attributes:
        running: the hold in progress; None before it has lasted for `LEAST_HOLD`.
    """

    def __init__(self, exercises: Sequence[Exercise], enter_threshold: float = 6, exit_threshold: float = 4) -> None:
        self.running: Hold | None = None
        self._classes = {exercise.target: exercise.name for exercise in exercises}
        self._enter = enter_threshold
        self._leave = exit_threshold
        self._seconds = {exercise.name: 0.0 for exercise in exercises}  # of holds that have ended
        self._ended: list[Hold] = []
        self._held: str | None = None  # the class
        self._start = self._end = 0.0

    @property
    def holds(self) -> tuple[Hold, ...]:
        """All holds so far, the one in progress last."""
        return (*self._ended, self.running) if self.running else tuple(self._ended)

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds held so far per exercise, those of the hold in progress included."""
        seconds = dict(self._seconds)
        if self.running:
            seconds[self.running.exercise] += self.running.seconds
        return seconds

    def update(self, smoothed: Mapping[str, float], timestamp: float) -> None:
        """Take in a frame's smoothed confidence per class, at a time in seconds."""
        if self._held and timestamp - self._end > _MAX_BREAK:
            self._stop()
        likeliest = max(self._classes, key=lambda name: smoothed.get(name, 0.0), default=None)
        confidence = smoothed.get(likeliest, 0.0) if likeliest else 0.0
        if likeliest != self._held and confidence > self._enter:
            self._stop()
            self._held, self._start = likeliest, timestamp
        if self._held is None or likeliest != self._held or confidence < self._leave:
            return
        self._end = timestamp
        if timestamp - self._start >= LEAST_HOLD:
            self.running = Hold(self._classes[self._held], self._start, timestamp)

    def _stop(self) -> None:
        if self.running:
            self._ended.append(self.running)
            self._seconds[self.running.exercise] += self.running.seconds
        self.running = self._held = None
