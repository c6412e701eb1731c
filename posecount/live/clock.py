"""The time of live streams, and how fast their frames are processed."""

from __future__ import annotations

from collections import deque

_STEP_S = 1 / 30
"""Seconds that pass where the frames' own times do not tell."""
_WRAP_S = 2**32 / 90_000
"""Seconds after which RTP's 32 bits begin anew. aiortc takes a frame that comes late, out of its turn, for such a new
beginning, and adds this to the time of all that follow."""
_RECENT = 30
"""Frames over which rate and processing time are averaged: two seconds at 15 a second."""
_WAVERING = 0.25
"""Of the interval between frames that a frame may come too soon."""
_INTERVALS = 150
"""Frames over which the stream's own frame interval is estimated."""


class StreamClock:
    """Seconds of streams, one after the other, from the times of their frames; never stands still or runs back."""

    def __init__(self) -> None:
        self.now = 0.0
        self._source: float | None = None

    def tick(self, source: float | None) -> float | None:
        """Move on to a frame's time; return the seconds since the frame before, or None where that cannot be told."""
        passed = None
        if source is not None and self._source is not None:
            passed = source - self._source
            if passed > _WRAP_S / 2:
                passed -= round(passed / _WRAP_S) * _WRAP_S
            if not passed > 0:  # nor where it is no number
                passed = None
        self._source = source
        self.now += _STEP_S if passed is None else passed
        return passed

    def new_stream(self) -> None:
        """Expect times that have nothing to do with those before."""
        self._source = None


class Ration:
    """Which frames of a stream are within its share, by their own times; those taken are evenly spread."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._next = 0.0

    def is_due(self, time: float | None, frame_rate: float) -> bool:
        """Whether a frame of that time may be taken: not the one taken last, nor one too soon after it."""
        if time is None or self._last is None or time < self._last:  # no time, or that of another stream
            return True
        # Cameras waver by a few milliseconds, which must not cost every other frame.
        return time != self._last and time >= self._next - _WAVERING / frame_rate

    def take(self, time: float | None, frame_rate: float) -> None:
        """Take a frame."""
        if time is not None:
            interval = 1 / frame_rate
            begins = self._last is None or time < self._last
            # After a gap the grid begins anew, for what was missed cannot be made up.
            self._next = (time if begins else max(self._next, time - interval / 2)) + interval
            self._last = time


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
