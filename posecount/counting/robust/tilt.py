"""Tilt: how far a stream's camera is tilted, learned from the poses in the stream."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, inf

ROLLS = (0, -15, 15)
"""Degrees by which a pose may be turned to undo a tilted camera; the first turns nothing."""

_TILT_MEMORY = 20.0
"""Seconds over which a frame's evidence on the tilt fades."""
_TILT_EVERY = 0.5
"""Seconds between two looks at the tilt: each takes twice the time of a frame."""
_TILT_DOUBT = 1.1
"""A tilted camera must explain the poses this many times better than a level one."""


class Tilt:
    """Learns how a stream's camera is tilted: which of `ROLLS` brings its poses nearest to the samples.

    A camera seldom moves, so the whole stream decides rather than one frame. Judged by one frame, a person who bends
    forward would be turned upright and look like a person who squats.
    """

    def __init__(self) -> None:
        self.roll = 0
        self._sums = [0.0] * len(ROLLS)
        self._last: float | None = None
        self._looked = -inf

    def look(self, timestamp: float) -> bool:
        """Whether to look at the tilt on this frame; a camera seldom moves, so not every frame needs it."""
        if 0 <= timestamp - self._looked < _TILT_EVERY:
            return False
        self._looked = timestamp
        return True

    def update(self, distances: Sequence[float], timestamp: float) -> None:
        """Take in how near each of `ROLLS` brings a pose to the samples, and set `roll` to the likeliest index."""
        kept = 1.0 if self._last is None else exp(min(0.0, self._last - timestamp) / _TILT_MEMORY)
        self._last = timestamp
        self._sums = [kept * total + distance for total, distance in zip(self._sums, distances, strict=True)]
        level, *tilted = self._sums
        least = min(tilted)
        self.roll = 0 if level <= _TILT_DOUBT * least else 1 + tilted.index(least)
