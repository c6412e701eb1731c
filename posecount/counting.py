"""From votes to repetitions: smoothing and counting."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Repetition:
    """One counted repetition; times are seconds of the stream.

    Attributes:
        exercise: e.g. ``squats``.
        start: when the target pose was entered.
        turn: when confidence in the target pose was greatest.
        end: when the target pose was left.
        peak: the greatest smoothed confidence in the target pose, in votes.
    """

    exercise: str
    start: float
    turn: float
    end: float
    peak: float

    @property
    def duration(self) -> float:
        """Seconds from start to end."""
        return self.end - self.start


class EMASmoother:
    """The published exponential moving average over the votes of the last frames, newest first.

    Args:
        window_size: how many frames are remembered.
        alpha: the newest frame weighs 1, each older one (1 - alpha) times the one after it.
        reset_after: forget all frames after a gap of more than this many seconds, as ML Kit does; None never forgets.
    """

    def __init__(self, window_size: int = 10, alpha: float = 0.2, reset_after: float | None = None) -> None:
        self._window: deque[Mapping[str, float]] = deque(maxlen=window_size)
        self._weights = [(1 - alpha) ** age for age in range(window_size)]
        self._reset_after = reset_after
        self._last: float | None = None

    def update(self, votes: Mapping[str, float] | None, timestamp: float) -> dict[str, float]:
        """Take in one frame's votes (None: no pose) and return the smoothed votes of every class in the window."""
        if self._reset_after is not None and self._last is not None and timestamp - self._last > self._reset_after:
            self._window.clear()
        self._last = timestamp
        self._window.appendleft({} if votes is None else votes)
        total = sum(self._weights[: len(self._window)])
        smoothed: dict[str, float] = {}
        for weight, frame in zip(self._weights, self._window, strict=False):
            for name, value in frame.items():
                smoothed[name] = smoothed.get(name, 0.0) + weight * value
        return {name: value / total for name, value in smoothed.items()}


class RepetitionCounter:
    """The published counter: enters the target class above one threshold, counts when it leaves below another.

    Args:
        class_name: the target class.
        enter_threshold: smoothed votes above which the pose is entered.
        exit_threshold: smoothed votes below which it is left.
        exercise: the name that repetitions carry; the class itself by default.
    """

    def __init__(
        self, class_name: str, enter_threshold: float = 6, exit_threshold: float = 4, exercise: str | None = None
    ) -> None:
        self.class_name = class_name
        self.count = 0
        self.entered = False
        self.last: Repetition | None = None
        self._exercise = exercise or class_name
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
            self.last = Repetition(self._exercise, self._start, self._turn, timestamp, self._peak)
        return self.count
