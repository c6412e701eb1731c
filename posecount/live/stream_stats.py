"""How fast the frames of a live stream are processed, and how many are skipped."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from math import inf

_RECENT = 30
"""Frames over which rate and processing time are averaged: two seconds at 15 a second."""
_INTERVALS = 150
"""Frames over which the stream's own interval between frames is estimated."""
_FEW = 30
"""Of fewer intervals the middle one is taken: the shortest of a few is one, and the next would seem a frame short."""


class Pace:
    """How fast frames are processed, and how many are not.

    Attributes:
        skipped: frames that were not processed, so far.
    """

    def __init__(self) -> None:
        self.skipped = 0
        self._finished: deque[float] = deque(maxlen=_RECENT)
        self._spent: deque[float] = deque(maxlen=_RECENT)
        self._intervals: deque[float] = deque()
        self._ascending: list[float] = []  # the same

    def add(
        self,
        started: float,
        finished: float,
        passed: float | None,
        requested_rate: float | None,
        allowed_rate: float = inf,
    ) -> int:
        """Add a processed frame; return how many frames before it were skipped.

        Args:
            started, finished: when it was processed, in seconds of one clock.
            passed: seconds since the frame before, by the stream's own time; None where they are unknown.
            requested_rate: frames a second that the source was asked for; None where that is unknown.
            allowed_rate: frames a second that may be processed.
        """
        skipped = 0
        if passed is not None:
            self._note(passed)
            # The source's own interval is the shortest that is not a rare hiccup. Where frames are missed all the time
            # it seems longer than it is; the time that the frame before took shows that.
            count = len(self._ascending)
            interval = self._ascending[count // 10 if count >= _FEW else count // 2]
            if requested_rate and (
                allowed_rate < requested_rate or (self._spent and self._spent[-1] > 1 / requested_rate)
            ):
                interval = min(interval, 1 / requested_rate)
            skipped = max(round(passed / interval) - 1, 0)
        self.skipped += skipped
        self._finished.append(finished)
        self._spent.append(finished - started)
        return skipped

    def _note(self, interval: float) -> None:
        self._intervals.append(interval)
        insort(self._ascending, interval)
        if len(self._intervals) > _INTERVALS:
            del self._ascending[bisect_left(self._ascending, self._intervals.popleft())]

    @property
    def processed_rate(self) -> float:
        """Frames processed a second, recently."""
        seconds = self._finished[-1] - self._finished[0]
        return (len(self._finished) - 1) / seconds if seconds > 0 else 0.0

    @property
    def processing_ms(self) -> float:
        """Milliseconds that a frame takes, on average, recently."""
        return 1000 * sum(self._spent) / len(self._spent)
