"""Rhythm: the turning points of an exercise that was never described, which recur in each repetition.

The mirror-free part of each frame's embedding is smoothed over time. Each of its components, and the main directions
of its motion, is a candidate for a signal that swings back and forth. The best candidate has turning points that look
alike from repetition to repetition and unlike the opposite ones, summed over the repetitions: at half the pace of the
rhythm there is half as much to add up, and at twice the pace like and unlike poses trade places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from posecount.embedding import EMBEDDING_SIZE, embed
from posecount.pose import FloatArray
from posecount.tracking.sequence import LandmarkSequence

Indices = NDArray[np.intp]

SHORTEST_S, LONGEST_S = 0.4, 15.0
"""Seconds from one turning point to the next of its kind."""

FEATURES = 58
"""Components of `mirror_free`."""
_RATE = 15.0
"""Frames a second of the motion that is searched: a repetition of half a second still has seven."""
_SMOOTHING_S = 0.08
"""Standard deviation of the smoothing: it removes tracking jitter, and keeps repetitions of half a second."""
_DRIFT_S = 8.0
"""Seconds over which poses are averaged to remove slow changes, such as of the view."""
_THRESHOLDS = (0.15, 0.3, 0.5)
"""Shares of a signal's range that count as a swing: getting into position may move more than the exercise does."""
_DIRECTIONS = 6
_ALIKE = 0.5
"""Turning points of one kind must differ by less than this share of their difference from the opposite ones."""
_SAME_EXERCISE = 0.6
"""The least cosine between the swings of two runs of repetitions for them to be one exercise from two sides."""
_LEAST_SWING = 3.0
"""Hundredths of body size, root mean square over the embedding: a smaller swing is jitter of tracker or person."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """A recording at a steady rate.

    Attributes:
        times: seconds (T,).
        poses: float32 (T, F), hundredths of body size: the mirror-free part of the embedding, smoothed.
    """

    times: NDArray[np.float64]
    poses: FloatArray

    @classmethod
    def of(cls, sequence: LandmarkSequence, frames: Indices) -> Self:
        """The motion over some frames of a sequence: at least two, each with a pose."""
        timestamps = sequence.timestamps[frames]
        times = np.arange(timestamps[0], timestamps[-1], 1 / _RATE)
        reach = int(3 * _SMOOTHING_S * _RATE) + 1
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (_SMOOTHING_S * _RATE)) ** 2)
        kernel /= kernel.sum()
        columns = (np.interp(times, timestamps, column) for column in mirror_free(embed(sequence.landmarks[frames])).T)
        smooth = [np.convolve(np.pad(column, reach, mode="edge"), kernel, "valid") for column in columns]
        return cls(times, np.stack(smooth, axis=1).astype(np.float32))

    def index(self, time: float) -> int:
        """The index of the moment nearest to a time, in seconds."""
        return int(np.abs(self.times - time).argmin())

    def difference(self, some: Indices, others: Indices) -> FloatArray:
        """How much poses differ: root mean square over their components, in hundredths of body size."""
        difference: FloatArray = np.sqrt(np.square(self.poses[some] - self.poses[others]).mean(axis=-1))
        return difference


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """Turning points of a motion, in order of time. Within a run they alternate between two states.

    There is more than one run if the person paused, or turned to show another side.

    Attributes:
        turns: indices into the motion (N,).
        far: bool (N,), which of the two states each one is in.
        runs: the number of the run each one belongs to (N,), ascending.
        likeness: 0 to 1, how much more alike turning points of one state are than those of different states.
    """

    turns: Indices
    far: NDArray[np.bool_]
    runs: Indices
    likeness: float


def find_rhythm(motion: Motion, states: tuple[int, int] | None = None) -> Rhythm | None:
    """Find the turning points of an exercise, or return None where nothing recurs.

    Args:
        motion: the recording.
        states: two indices of the motion that show the two states (the second is `far`); by default they are found.
    """
    if states:
        swing = motion.poses[states[1]] - motion.poses[states[0]]
        best = _along(motion, swing)
    else:
        best = _find_run(motion)
        swing = best.swing(motion)
    if len(best.turns) < 3:
        return None
    runs = sorted([best, *_others(motion, best, swing)], key=lambda run: int(run.turns[0]))
    far = [_alternating(len(run.turns), bool(run.swing(motion) @ swing > 0)) for run in runs]
    return Rhythm(
        np.concatenate([run.turns for run in runs]),
        np.concatenate(far),
        np.repeat(np.arange(len(runs)), [len(run.turns) for run in runs]),
        float(np.average([run.likeness for run in runs], weights=[len(run.turns) for run in runs])),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """Turning points in a row; `margin` sums how much more opposite ones differ than like ones."""

    turns: Indices
    margin: float = 0.0
    likeness: float = 0.0

    def swing(self, motion: Motion) -> FloatArray:
        """The mean of the 2nd, 4th, … less that of the 1st, 3rd, …: (F,)."""
        if len(self.turns) < 2:
            return np.zeros(motion.poses.shape[1], dtype=np.float32)
        first, second = (motion.poses[self.turns[side::2]].mean(axis=0) for side in (0, 1))
        return np.asarray(second - first)


def _alternating(count: int, second: bool) -> NDArray[np.bool_]:
    """Whether each of `count` turning points shares the state of the second one, or (not second) of the first."""
    return np.asarray((np.arange(count) % 2 == 1) == second)


def _others(motion: Motion, best: _Run, swing: FloatArray) -> Iterator[_Run]:
    """More runs of the same exercise, before and after the best one, and before and after those."""
    parts = [(0, int(best.turns[0])), (int(best.turns[-1]) + 1, len(motion.times))]
    while parts:
        begin, stop = parts.pop()
        part = Motion(motion.times[begin:stop], motion.poses[begin:stop])
        found = _find_run(part)
        other = found.swing(part)
        lengths = float(np.linalg.norm(other) * np.linalg.norm(swing))
        if lengths and abs(float(other @ swing)) > _SAME_EXERCISE * lengths:
            run = replace(found, turns=found.turns + begin)
            yield run
            parts += [(begin, int(run.turns[0])), (int(run.turns[-1]) + 1, stop)]


def _find_run(motion: Motion) -> _Run:
    """The best run of all candidate signals; empty where there is none."""
    if len(motion.times) < 2 * SHORTEST_S * _RATE:
        return _NOTHING
    best = max(
        (_best_run(motion, signal, share * _range(signal)) for signal in _signals(motion) for share in _THRESHOLDS),
        key=lambda run: run.margin,
    )
    # Once known, the direction from one state to the other is a better signal than any candidate.
    while len(best.turns) and (better := _along(motion, best.swing(motion))).margin > best.margin:
        best = better
    return best


def _along(motion: Motion, direction: FloatArray) -> _Run:
    """The best run along a direction; half of it counts as a swing."""
    return _best_run(motion, motion.poses @ direction / max(float(direction @ direction), 1e-9), 0.5)


def _range(signal: FloatArray) -> float:
    low, high = np.percentile(signal, (2, 98))
    return float(high - low)


def _signals(motion: Motion) -> Iterator[FloatArray]:
    """The candidates: the main directions of the motion without drift, then each component."""
    half = min(int(_DRIFT_S / 2 * _RATE), len(motion.times) - 1)
    total = np.cumsum(np.pad(motion.poses, ((half + 1, half), (0, 0)), mode="reflect"), axis=0, dtype=np.float64)
    width = 2 * half + 1
    drift = (total[width:] - total[:-width]) / width
    directions = np.linalg.svd(motion.poses[: len(drift)] - drift, full_matrices=False)[2][:_DIRECTIONS]
    yield from (motion.poses @ directions.T).T.astype(np.float32)
    yield from motion.poses.T


def _best_run(motion: Motion, signal: FloatArray, threshold: float) -> _Run:
    """The run of a signal's turning points with the greatest margin."""
    turns = np.array(turning_points(signal, threshold), dtype=np.intp)
    if len(turns) < 3:
        return _NOTHING
    swing = motion.difference(turns[:-1], turns[1:])
    between = np.minimum(swing[:-1], swing[1:])
    within = motion.difference(turns[:-2], turns[2:])
    lasts = motion.times[turns[2:]] - motion.times[turns[:-2]]
    good = (within < _ALIKE * between) & (between > _LEAST_SWING) & (lasts > SHORTEST_S) & (lasts < LONGEST_S)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], good, [0]))))
    runs = [
        _Run(
            turns[begin : stop + 2],
            float((between - within)[begin:stop].sum()),
            float(1 - (within / between)[begin:stop].mean()),
        )
        for begin, stop in edges.reshape(-1, 2)
    ]
    return max(runs, key=lambda run: run.margin, default=_NOTHING)


def turning_points(signal: FloatArray, threshold: float) -> list[int]:
    """Indices of alternating maxima and minima, at least a threshold apart, including the first and the last."""
    turns: list[int] = []
    high = low = 0
    values = signal.tolist()
    highest = lowest = values[0] if values else 0.0
    rising: bool | None = None
    for index, value in enumerate(values):
        if rising is not False and value > highest:
            high, highest = index, value
        if rising is not True and value < lowest:
            low, lowest = index, value
        if rising is not False and highest - value >= threshold:
            turns.append(high)
            rising, low, lowest = False, index, value
        elif rising is not True and value - lowest >= threshold:
            turns.append(low)
            rising, high, highest = True, index, value
    if rising is not None:
        turns.append(high if rising else low)
    return turns


def _components() -> Indices:
    """Of flat embeddings (69,): y of the trunk; then what a mirror negates and has no pair; then x of the left and
    right of each pair, then y of these."""
    x = np.arange(0, 3 * EMBEDDING_SIZE, 3)
    trunk, pairs, across = x[:1], x[1:17].reshape(8, 2).T.ravel(), x[EMBEDDING_SIZE - 4 :]  # the ninth is a duplicate
    return np.concatenate([trunk + 1, trunk, across, across + 1, pairs, pairs + 1])


_COMPONENTS = _components()
_FREE = np.concatenate([[1, 0], np.arange(58, 106).reshape(2, 3, 8).swapaxes(0, 1).ravel(), np.arange(2, 10)])
"""Which columns of what `MirrorFree` measures are its result."""


class MirrorFree:
    """The part of embeddings that neither a mirror nor swapping left and right changes, without z.

    It works in memory of its own: each stream needs one.

    Args:
        frames: how many embeddings it measures at a time, T.
    """

    def __init__(self, frames: int) -> None:
        self._values = np.empty((frames, 106), np.float32)
        columns = np.split(self._values, [1, 10, 26, 42, 58, 82], axis=1)  # all are views
        _, _, self._x, self._y, self._length, greater, lesser = columns
        self._parts, self._unsigned = self._values[:, : len(_COMPONENTS)], self._values[:, 1:26]
        sides = self._values[:, 10:58].reshape(frames, 3, 2, 8)
        self._left, self._right = sides[:, :, 0], sides[:, :, 1]
        self._greater, self._lesser = greater.reshape(frames, 3, 8), lesser.reshape(frames, 3, 8)

    def measure(self, embedding: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """That part of float32 (T, 23, 3): (T, 58), written to `out` or to a new array."""
        embedding.reshape(len(embedding), -1).take(_COMPONENTS, axis=1, out=self._parts, mode="clip")
        np.abs(self._unsigned, out=self._unsigned)
        np.hypot(self._x, self._y, out=self._length)
        np.maximum(self._left, self._right, out=self._greater)
        np.minimum(self._left, self._right, out=self._lesser)
        return self._values.take(_FREE, axis=1, out=out, mode="clip")


def mirror_free(embedding: FloatArray) -> FloatArray:
    """The part of embeddings, float32 (T, 23, 3), that `MirrorFree` measures: (T, 58)."""
    return MirrorFree(len(embedding)).measure(embedding)


_NOTHING = _Run(np.empty(0, dtype=np.intp))
