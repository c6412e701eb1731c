"""How fast the frames of a live stream are processed, and how many are skipped."""

from __future__ import annotations

from collections import deque

_RECENT = 30
"""Frames over which rate and processing time are averaged: two seconds at 15 a second."""
_INTERVALS = 150
"""Frames over which the stream's own frame interval is estimated."""


class Pace:
    """How fast frames are processed, and how many are not."""

    def __init__(self) -> None:
        self.skipped = 0
        self._finished: deque[float] = deque(maxlen=_RECENT)
        self._spent: deque[float] = deque(maxlen=_RECENT)
        self._intervals: deque[float] = deque(maxlen=_INTERVALS)

    def add(
        self,
        started: float,
        finished: float,
        passed: float | None,
        frame_rate: float | None,
        share: float = float("inf"),
    ) -> None:
        """Take in when a frame was processed, the source's seconds since the one before, the rate asked for, and that
        which is allowed."""
        if passed is not None:
            self._intervals.append(passed)
            # The source's own interval is the shortest that is not a rare hiccup. Frames missed without exception
            # make it seem longer than it is, as then does the time that the frame before took.
            interval = sorted(self._intervals)[len(self._intervals) // 10]
            if frame_rate and (share < frame_rate or (self._spent and self._spent[-1] > 1 / frame_rate)):
                interval = min(interval, 1 / frame_rate)
            self.skipped += max(round(passed / interval) - 1, 0)
        self._finished.append(finished)
        self._spent.append(finished - started)

    @property
    def frame_rate(self) -> float:
        """Frames processed a second."""
        seconds = self._finished[-1] - self._finished[0]
        return (len(self._finished) - 1) / seconds if seconds > 0 else 0.0

    @property
    def processing_ms(self) -> float:
        """Milliseconds that a frame takes, on average."""
        return 1000 * sum(self._spent) / len(self._spent)
