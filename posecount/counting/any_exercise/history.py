"""MotionHistory: the last seconds of a stream as smoothed, mirror-free poses, for counters that look back."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray

from posecount.counting.rhythm import FEATURES, MirrorFree
from posecount.embedding import Body
from posecount.pose import FloatArray

KEPT_S = 30.0
"""Seconds of history: two slow repetitions and what came before them."""
_RATE = 32.0
"""Frames a second that are kept; of faster streams only every second or third frame is."""
_SMOOTHING_S = 0.08
"""Time constant of the exponential smoothing. 0.04 s: .359 exact, .641 within one of 78 clips; 0.06 s: .333, .628;
0.08 s: .359, .667."""
_GAP_S = 1.0
"""Seconds without a pose after which the smoothing starts afresh."""
HIP_WEIGHT = 4.0
"""Weight of the hips' height, in hundredths of body size. The embedding is free of where the body is, so jumps on
straight legs are invisible to it; over 58 components a jump of a fifth of the body's size is a swing of ten."""
_SIZE_MEMORY = 0.02
"""Share by which the body's size follows each frame: it must not swing with the movement."""
_STEP_S = 0.04
"""A step from one frame to the next that took longer counts as the part of it that falls in this many seconds."""


class MotionHistory:
    """The smoothed motion of one stream over the last `KEPT_S` seconds.

    Frames are numbered from 0 over the whole stream; `first` is the oldest still kept and `end` the next to come.

    Attributes:
        end: the number of frames kept so far.
    """

    def __init__(self) -> None:
        self.end = 0
        self._mirror_free = MirrorFree(1)
        self._cut = 0  # the number of the first frame of this person
        self._room = int(KEPT_S * _RATE)
        self._times: NDArray[np.float64] = np.zeros(2 * self._room)
        self._steps = np.zeros(2 * self._room, np.float32)
        self._raw: FloatArray | None = None
        self._poses: FloatArray | None = None
        self._offset = 0  # number of the frame in row 0
        self._smooth: FloatArray | None = None
        self._size: float | None = None
        self._last = -np.inf

    @property
    def first(self) -> int:
        """The number of the oldest frame kept."""
        return max(self.end - self._room, self._cut)

    def cut(self) -> None:
        """Forget everything: what comes next is another person's."""
        self._cut, self._smooth, self._size = self.end, None, None

    def append(self, body: Body, timestamp: float) -> FloatArray | None:
        """Take in a pose; return its smoothed features (59,), or None if the frame is not kept."""
        age = timestamp - self._last
        if 0 <= age < 0.9 / _RATE:
            return None
        features = np.empty(FEATURES + 1, np.float32)
        self._mirror_free.measure(body.embedding[None], out=features[None, :-1])
        features[-1] = self._hip_height(body)
        if self._smooth is None or self._raw is None or not 0 <= age <= _GAP_S:
            self._smooth, step = features, 0.0
        else:
            apart = features[:-1] - self._raw
            step = sqrt(float(apart.dot(apart)) / FEATURES) * min(1.0, _STEP_S / max(age, 1e-3))
            moved = features - self._smooth
            moved *= 1 - exp(-age / _SMOOTHING_S)
            moved += self._smooth
            self._smooth = moved
        self._raw, self._last = features[:-1], timestamp
        if self._poses is None:
            self._poses = np.zeros((2 * self._room, len(features)), np.float32)
        row = self.end - self._offset
        if row == len(self._poses):  # the newer half moves to the front, once in `KEPT_S`
            self._poses[: self._room] = self._poses[self._room :]
            self._times[: self._room] = self._times[self._room :]
            self._steps[: self._room] = self._steps[self._room :]
            self._offset += self._room
            row = self._room
        self._poses[row], self._times[row], self._steps[row] = self._smooth, timestamp, step
        self.end += 1
        return self._smooth

    def between(self, start: float, end: float) -> FloatArray:
        """The smoothed features (T, F) from one time to another, as far as they are kept."""
        if self._poses is None:
            return np.empty((0, 0), np.float32)
        return self.poses(self._span(start, end))

    def greatest_step(self, start: float, end: float) -> float:
        """How far the pose, not smoothed, goes from one frame to the next at most, from one time to another.

        It is the root mean square over the features; 0 where nothing is kept.
        """
        return float(self._steps[self._rows(self._span(start, end))].max(initial=0.0))

    def number_at(self, time: float) -> int:
        """The number of the first frame kept that is not before a time, in seconds."""
        return self.first + int(self.times(slice(self.first, self.end)).searchsorted(time))

    def poses(self, numbers: NDArray[np.intp] | slice) -> FloatArray:
        """The smoothed features of frames by their numbers: float32 (…, 59)."""
        assert self._poses is not None
        rows = self._rows(numbers)
        return self._poses[rows] if isinstance(rows, slice) else self._poses.take(rows, axis=0)

    def times(self, numbers: NDArray[np.intp] | slice) -> NDArray[np.float64]:
        """The timestamps of frames by their numbers."""
        return self._times[self._rows(numbers)]

    def _span(self, start: float, end: float) -> slice:
        first, stop = self.times(slice(self.first, self.end)).searchsorted((start, end))
        return slice(self.first + int(first), min(self.first + int(stop) + 1, self.end))

    def _rows(self, numbers: NDArray[np.intp] | slice) -> NDArray[np.intp] | slice:
        if isinstance(numbers, slice):
            return slice(numbers.start - self._offset, numbers.stop - self._offset)
        return numbers - self._offset

    def _hip_height(self, body: Body) -> float:
        """How far down the picture the hips are, in hundredths of the body's size, weighted."""
        self._size = body.size if self._size is None else self._size + _SIZE_MEMORY * (body.size - self._size)
        return HIP_WEIGHT * 100 * body.hips[1] / max(self._size, 1.0)  # where all landmarks coincide, it is almost 0
