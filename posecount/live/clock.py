"""The time of a live stream, and which of its frames are processed."""

from __future__ import annotations

_STEP_S = 1 / 30
"""Seconds that pass where the frames' own times do not say."""
_WRAP_S = 2**32 / 90_000
"""Seconds after which RTP's 32-bit time stamps start again at 0. aiortc takes a frame that arrives late, out of order,
for such a new start, and adds this to the time of all that follow."""
_WAVERING = 0.25
"""How much of the interval between frames a frame may come too soon."""


class StreamClock:
    """Seconds of streams, one after the other, from the times of their frames; never stands still or runs back.

    Attributes:
        now: seconds of all streams so far.
    """

    def __init__(self, now: float = 0.0) -> None:
        self.now = now
        self._source: float | None = None

    def tick(self, source: float | None) -> float | None:
        """Move on to a frame's time; return the seconds since the frame before, or None where they are unknown."""
        passed = None
        if source is not None and self._source is not None:
            passed = source - self._source
            if passed > _WRAP_S / 2:
                passed -= round(passed / _WRAP_S) * _WRAP_S
            if not passed > 0:  # NaN included
                passed = None
        self._source = source
        self.now += _STEP_S if passed is None else passed
        return passed

    def new_stream(self) -> None:
        """Expect times that are unrelated to those before."""
        self._source = None


class Ration:
    """Which frames of a stream are within the rate allowed, by their own times; those taken are evenly spread."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._next = 0.0

    def is_due(self, time: float | None, allowed_rate: float) -> bool:
        """Whether the frame of this time may be processed: not the one taken last, nor one too soon after it.

        Args:
            time: seconds, of the frame, or None where it has none.
            allowed_rate: frames a second.
        """
        if time is None or self._last is None or time < self._last:  # no time, or that of another stream
            return True
        # Cameras waver by a few milliseconds, which must not cost every other frame.
        return time != self._last and time >= self._next - _WAVERING / allowed_rate

    def take(self, time: float | None, allowed_rate: float) -> None:
        """Note that the frame of this time is processed."""
        if time is not None:
            interval = 1 / allowed_rate
            begins = self._last is None or time < self._last
            # After a gap the grid starts again, as frames that were missed cannot be made up for.
            self._next = (time if begins else max(self._next, time - interval / 2)) + interval
            self._last = time
