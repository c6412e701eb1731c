"""The time of each frame of a video, from whatever timestamps its file has."""

from __future__ import annotations

_JITTER_S = 1.0
"""A timestamp further back than this starts a new count, as in joined files; a nearer one is out of order."""
_JITTERS = 10


class Clock:
    """Seconds since the first frame, strictly increasing, from timestamps that may be missing, repeat or go back."""

    def __init__(self, step: float) -> None:
        self._step = step  # seconds from frame to frame, used without timestamps
        self._last: float | None = None
        self._offset: float | None = None
        self._behind = 0

    def read(self, stamp: float | None) -> float:
        """The time of the next frame, given its timestamp by the file's clock."""
        expected = 0.0 if self._last is None else self._last + self._step
        if stamp is None:
            time = expected
        elif self._last is None or self._offset is None:
            time, self._offset = expected, expected - stamp
        elif (time := stamp + self._offset) > self._last:
            self._behind = 0
        else:
            self._behind += 1
            if self._last - time > _JITTER_S or self._behind > _JITTERS:
                time, self._offset = expected, expected - stamp
            else:
                time = self._last + self._step / 2
        self._last = time
        return time
