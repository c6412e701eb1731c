"""Which frames of a device are taken, by their own times: in order, not too many, and neither too old nor ahead."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from posecount.device.messages import FrameError

MOST_PER_S = 60.0
"""Frames a second, by the frames' own times."""
BACKLOG_S = 10.0
"""Seconds of frames that a device keeps while it has no connection, and sends when it is back."""

_BURST = 6.0
"""Frames that may come closer to each other than `MOST_PER_S` allows, as cameras waver."""
_SLACK_S = 2.0


class DevicePace:
    """Admits the frames of one device, over all its connections; a time that was seen never comes again.

    A device's clock starts anywhere, so the first frame ties it to the server's. Frames may then come `BACKLOG_S` late
    or, where the first was late itself, early by as much. So a device can never send more than `MOST_PER_S` for long,
    whatever times it writes into its frames. A new connection ties the clocks again, at most once in `BACKLOG_S`: a
    device that slept may have a clock that stood still.

    Args:
        clock: seconds, as `time.monotonic`.

    Attributes:
        last: the time of the newest frame that was admitted, by the device's clock; None before the first.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.last: float | None = None
        self._clock = clock
        self._behind: float | None = None  # of the device's clock behind the server's
        self._tied_at = float("-inf")
        self._left = _BURST

    def reconnect(self) -> None:
        """Expect that the device's clock stood still while there was no connection."""
        if self._clock() - self._tied_at >= BACKLOG_S:
            self._behind = None

    def admit(self, timestamp: float) -> None:
        """Admit a frame.

        Raises:
            FrameError: if it is to be dropped.
        """
        now = self._clock()
        if self._behind is None:
            self._behind, self._tied_at = now - timestamp, now
        late = now - timestamp - self._behind
        if late < -BACKLOG_S:
            raise FrameError("early")
        if late > BACKLOG_S + _SLACK_S:
            raise FrameError("late")
        if self.last is not None:
            if timestamp <= self.last:
                raise FrameError("time")
            left = min(self._left + (timestamp - self.last) * MOST_PER_S, _BURST)
            if left < 1:
                raise FrameError("too many")
            self._left = left
        self._left -= 1
        self.last = timestamp
