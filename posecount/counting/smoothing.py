"""Smoothing: votes averaged over the last frames, by number of frames as published, or by time."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

SMOOTHING_WINDOW = 1 / 3
"""Seconds: ten frames, the published window, at 30 frames a second."""
SMOOTHING_DECAY = 0.8
"""A frame's weight is multiplied by this per 1/30 s of age: the published weights, for frames at any rate."""


class EMASmoother:
    """The published exponential moving average over the votes of the last frames.

    Args:
        window_size: how many frames it remembers.
        alpha: the newest frame weighs 1, and each older one (1 - alpha) times the one after it.
        reset_after: forget all frames after a gap longer than this many seconds, as ML Kit does; None never forgets.
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


class TimeSmoother:
    """An exponential moving average over time: a frame weighs by its age in seconds, at any frame rate.

    It starts over after a gap longer than the window, and where time runs backwards.
    """

    def __init__(self, window: float = SMOOTHING_WINDOW, decay: float = SMOOTHING_DECAY) -> None:
        self._window = window
        self._decay = decay
        self._frames: deque[tuple[float, Mapping[str, float]]] = deque()

    def update(self, values: Mapping[str, float], timestamp: float) -> dict[str, float]:
        """Take in one frame's values and return the average of each; a missing value counts as 0."""
        if self._frames and timestamp < self._frames[-1][0]:
            self._frames.clear()
        self._frames.append((timestamp, values))
        while timestamp - self._frames[0][0] >= self._window:
            self._frames.popleft()
        total = 0.0
        sums: dict[str, float] = {}
        decay = self._decay
        for time, frame in self._frames:
            weight = decay ** (30 * (timestamp - time))
            total += weight
            for name, value in frame.items():
                if name in sums:  # takes half the time of `get`
                    sums[name] += weight * value
                else:
                    sums[name] = weight * value
        for name in sums:
            sums[name] /= total
        return sums
