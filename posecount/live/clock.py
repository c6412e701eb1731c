"""The time of a live stream, and which of its frames are processed."""

from __future__ import annotations

_STEP_S = 1 / 30
"""Seconds that pass where the frames' own times do not tell."""
_WRAP_S = 2**32 / 90_000
"""Seconds after which RTP's 32 bits begin anew. aiortc takes a frame that comes late, out of its turn, for such a new
beginning, and adds this to the time of all that follow."""
_WAVERING = 0.25
"""Of the interval between frames that a frame may come too soon."""


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
