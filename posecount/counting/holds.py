"""Holds: poses that are timed, not counted, such as a plank."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from posecount.counting.rhythm import mirror_free
from posecount.datasets.dataset import Exercise
from posecount.embedding import embed
from posecount.pose import FloatArray, Pose

LEAST_HOLD = 1.0
"""Seconds. What is shorter is on the way from one pose to another."""
STILL = 1.0
"""Who holds still differs from the mean pose of `LEAST_HOLD` by less than this: root mean square, in hundredths of body
size. In a plank, at most 0.5 in 95 % of the stretches; in 31 clips of exercises and of people who move about, more than
1.0 in 75 % of them, but for yoga, which holds poses too. Without this, seven films of front raises, sit-ups, bench
presses and the pommel horse have 15 holds; there the body always differs by more, mostly by 2 to 13."""
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

    A hold begins with `LEAST_HOLD` seconds in which the body is `STILL`: an exercise may pass through the pose slowly,
    again and again. After that a person may tremble or shift weight. To leave the pose for less than a second does not
    end it.

    Args:
        exercises: the poses to hold, see `posecount.datasets.dataset.PoseDataset.holds`.
        enter_threshold: smoothed confidence, 0 to 10, above which a pose is entered.
        exit_threshold: smoothed confidence below which it is left.

    Attributes:
        running: the hold in progress; None before the body has been still for `LEAST_HOLD`.
    """

    def __init__(self, exercises: Sequence[Exercise], enter_threshold: float = 6, exit_threshold: float = 4) -> None:
        self.running: Hold | None = None
        self._classes = {exercise.target: exercise.name for exercise in exercises}
        self._enter = enter_threshold
        self._leave = exit_threshold
        self._seconds = {exercise.name: 0.0 for exercise in exercises}  # of holds that have ended
        self._ended: list[Hold] = []
        self._held: str | None = None  # the class
        self._end = 0.0
        self._seen: deque[tuple[float, FloatArray]] = deque()  # poses of the last `LEAST_HOLD`, until the hold begins

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

    def update(self, smoothed: Mapping[str, float], pose: Pose | None, timestamp: float) -> None:
        """Take in a frame's smoothed confidence per class and its pose, at a time in seconds."""
        if self._held and timestamp - self._end > _MAX_BREAK:
            self._stop()
        if self._held is None and not any(smoothed.get(name, 0.0) > self._enter for name in self._classes):
            return  # as in most frames
        likeliest = max(self._classes, key=lambda name: smoothed.get(name, 0.0), default=None)
        confidence = smoothed.get(likeliest, 0.0) if likeliest else 0.0
        if likeliest != self._held and confidence > self._enter:
            self._stop()
            self._held, self._end = likeliest, timestamp
        if self._held is None:
            return
        if pose and self.running is None:
            self._seen.append((timestamp, mirror_free(embed(pose.landmarks[None]))))
        if likeliest != self._held or confidence < self._leave:
            return
        self._end = timestamp
        start = self.running.start if self.running else self._still_since(timestamp)
        if start is not None:
            self.running = Hold(self._classes[self._held], start, timestamp)
            self._seen.clear()

    def _still_since(self, timestamp: float) -> float | None:
        """When a stretch of `LEAST_HOLD` began in which the body was still until now; None where it moved."""
        while len(self._seen) > 1 and timestamp - self._seen[1][0] >= LEAST_HOLD:
            self._seen.popleft()
        if not self._seen or timestamp - self._seen[0][0] < LEAST_HOLD:
            return None
        spread = np.concatenate([pose for _, pose in self._seen]).var(axis=0).mean()
        return self._seen[0][0] if spread < STILL**2 else None

    def _stop(self) -> None:
        if self.running:
            self._ended.append(self.running)
            self._seconds[self.running.exercise] += self.running.seconds
        self.running = self._held = None
        self._seen.clear()
